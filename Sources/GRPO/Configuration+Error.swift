/// A configuration that cannot be used: where, which key, what was expected, what was found, and
/// what to do.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// What can be wrong.
    public enum Problem: Sendable, Equatable {
        /// The file cannot be read.
        case unreadable(String)
        /// The text is not what YAML allows.
        case malformed(String)
        /// A key that its section does not have.
        case unknownKey(known: [String])
        /// A place that a list does not have.
        case noSuchPlace(String, count: Int)
        /// Keys that have no default.
        case missingKeys([String])
        /// A value of another type, or none of a closed choice.
        case wrongValue(expected: String, found: String, hint: String)
        /// A value outside its range.
        case notAllowed(allowed: String, found: String, why: String)
        /// Values that do not go together.
        case conflict(String)
    }

    /// The file, or `--set`; `nil` for a configuration made in code.
    public var source: String?
    /// The line in the file, from 1.
    public var line: Int?
    /// The column in the line, from 1.
    public var column: Int?
    /// The path of the key: `rollout.group_size`.
    public var key: String?
    /// What is wrong.
    public var problem: Problem

    init(
        source: String? = nil, line: Int? = nil, column: Int? = nil, key: String?, problem: Problem
    ) {
        self.source = source
        self.line = line
        self.column = column
        self.key = key
        self.problem = problem
    }

    /// A problem of a key whose place the reader adds.
    init(_ path: [String], _ problem: Problem) {
        self.init(key: path.joined(separator: "."), problem: problem)
    }

    /// The sentence that the user reads.
    public var description: String {
        let place = [source, line.map { "\($0)" }, column.map { "\($0)" }]
            .compactMap(\.self).joined(separator: ":")
        let key = key.flatMap { $0.isEmpty ? nil : $0 }
        return [place.isEmpty ? nil : place, key, reason].compactMap(\.self)
            .joined(separator: ": ")
    }

    private var reason: String {
        switch problem {
        case .unreadable(let reason), .malformed(let reason), .conflict(let reason):
            reason
        case .unknownKey(let known):
            "unknown key." + suggestion(known) + " Known here: \(known.joined(separator: ", "))."
        case .noSuchPlace(let place, let count):
            "the list has no place \(place); it has \(count), counted from 0."
        case .missingKeys(let keys):
            "required and missing: \(keys.joined(separator: ", ")). "
                + "Add to the file, or give --set key=value."
        case .wrongValue(let expected, let found, let hint):
            "expected \(expected), found \(found)." + (hint.isEmpty ? "" : " " + hint)
        case .notAllowed(let allowed, let found, let why):
            "expected \(allowed), found \(found)." + (why.isEmpty ? "" : " " + why)
        }
    }

    private func suggestion(_ known: [String]) -> String {
        let word = key?.split(separator: ".").last.map(String.init) ?? ""
        return nearest(to: word, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
    }
}

/// The known word that a misspelt one most likely stands for.
///
/// - Returns: the one with the fewest edits (letters added, left out, changed, or two swapped), if
///   these are at most a third of its letters, or one that begins as the word does.
func nearest(to word: String, among known: [String]) -> String? {
    let close = known.map { (word: $0, edits: edits(word, $0)) }
        .filter { $0.edits <= max(1, $0.word.count / 3) }
        .min { $0.edits < $1.edits }
    return close?.word
        ?? known.first { word.count > 2 && ($0.hasPrefix(word) || word.hasPrefix($0)) }
}

/// The Damerau–Levenshtein distance, with swaps of neighbours only.
private func edits(_ first: String, _ second: String) -> Int {
    let a = Array(first.lowercased())
    let b = Array(second.lowercased())
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                best = min(best, rows[i - 1][j - 1] + 1)
            }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
