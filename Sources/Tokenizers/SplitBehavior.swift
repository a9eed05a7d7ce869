/// What becomes of the text at which a pre-tokenizer cuts.
enum SplitBehavior: String, Sendable, CaseIterable {
    /// It falls away.
    case removed = "Removed"
    /// It is a piece of its own.
    case isolated = "Isolated"
    /// It ends the piece before it.
    case mergedWithPrevious = "MergedWithPrevious"
    /// It begins the piece after it.
    case mergedWithNext = "MergedWithNext"
    /// It is a piece, one for several in a row.
    case contiguous = "Contiguous"

    init(_ node: FileNode) throws(TokenizerError) {
        guard let behavior = Self(rawValue: try node.string()) else {
            throw node.unsupported(supported: Self.allCases.map { "\"\($0.rawValue)\"" })
        }
        self = behavior
    }

    /// Appends the pieces of a range in which these places match, or all others where `inverted`.
    func appendPieces(
        of range: Range<Int>, at places: [Range<Int>], inverted: Bool,
        to pieces: inout [Range<Int>]
    ) {
        var parts: [Part] = []
        parts.reserveCapacity(places.count * 2 + 1)
        var end = range.lowerBound
        for place in places {
            if end < place.lowerBound {
                parts.append(Part(range: end..<place.lowerBound, isMatch: inverted))
            }
            parts.append(Part(range: place, isMatch: !inverted))
            end = place.upperBound
        }
        if end < range.upperBound {
            parts.append(Part(range: end..<range.upperBound, isMatch: inverted))
        }
        join(parts, to: &pieces)
    }

    private struct Part {
        let range: Range<Int>
        let isMatch: Bool
    }

    private func join(_ parts: [Part], to pieces: inout [Range<Int>]) {
        switch self {
        case .isolated: for part in parts { pieces.append(part.range) }
        case .removed: for part in parts where !part.isMatch { pieces.append(part.range) }
        case .mergedWithPrevious: joinNeighbours(parts, to: &pieces) { $1.isMatch && !$0 }
        case .contiguous: joinNeighbours(parts, to: &pieces) { $0 == $1.isMatch }
        case .mergedWithNext:
            let first = pieces.count
            var followsMatch = false
            for part in parts.reversed() {
                if part.isMatch, !followsMatch, pieces.count > first {
                    let last = pieces.count - 1
                    pieces[last] = part.range.lowerBound..<pieces[last].upperBound
                } else {
                    pieces.append(part.range)
                }
                followsMatch = part.isMatch
            }
            pieces[first...].reverse()
        }
    }

    /// Appends the parts, each to the piece before it where `joins` says so.
    private func joinNeighbours(
        _ parts: [Part], to pieces: inout [Range<Int>],
        where joins: (_ wasMatch: Bool, _ part: Part) -> Bool
    ) {
        let first = pieces.count
        var wasMatch = false
        for part in parts {
            if joins(wasMatch, part), pieces.count > first {
                let last = pieces.count - 1
                pieces[last] = pieces[last].lowerBound..<part.range.upperBound
            } else {
                pieces.append(part.range)
            }
            wasMatch = part.isMatch
        }
    }
}
