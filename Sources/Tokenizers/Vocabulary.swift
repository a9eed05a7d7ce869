/// A token's text, compared byte by byte.
///
/// Strings compare by canonical equivalence: "é" in one scalar equals "é" in two. Tokens do not.
struct TokenText: Hashable, Sendable {
    let string: String

    init(_ string: String) {
        self.string = string
    }

    static func == (left: TokenText, right: TokenText) -> Bool {
        left.string.utf8.elementsEqual(right.string.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var string = string
        string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// The tokens of a model and their ids, which may have holes.
struct Vocabulary: Sendable {
    private var ids: [TokenText: Int] = [:]
    private var texts: [Int: String] = [:]

    /// How many tokens there are.
    var count: Int { ids.count }

    /// The largest id.
    let largestID: Int?

    init(_ node: FileNode) throws(TokenizerError) {
        let members = try node.members()
        ids.reserveCapacity(members.count)
        texts.reserveCapacity(members.count)
        for member in members {
            // A key is only spelled out for an error: there may be 200,000 of them.
            func entry() -> FileNode { node.child(JSON.excerpt(member.key), member.value) }
            guard case .integer(let id) = member.value, 0...Int(UInt32.max) ~= id else {
                _ = try entry().tokenID()
                continue
            }
            if let other = texts.updateValue(member.key, forKey: id) {
                throw .invalid(
                    file: node.file, key: entry().key, expected: "an id of its own",
                    found: "\(id), which is that of \(JSON.excerpt(other)) too")
            }
            guard ids.updateValue(id, forKey: TokenText(member.key)) == nil else {
                throw .invalid(
                    file: node.file, key: entry().key, expected: "the token once",
                    found: "it twice")
            }
        }
        largestID = texts.keys.max()
    }

    func id(of text: String) -> Int? { ids[TokenText(text)] }

    func text(of id: Int) -> String? { texts[id] }

    /// The ids of the tokens that are one scalar.
    var scalarIDs: [Unicode.Scalar: Int] {
        var scalarIDs: [Unicode.Scalar: Int] = [:]
        for (text, id) in ids {
            let scalars = text.string.unicodeScalars
            if let first = scalars.first, scalars.count == 1 { scalarIDs[first] = id }
        }
        return scalarIDs
    }
}
