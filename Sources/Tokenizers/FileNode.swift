/// A value in a file, with its place, so that every error can name it.
struct FileNode {
    let file: String
    let key: String
    let value: JSON

    func invalid(expected: String) -> TokenizerError {
        .invalid(file: file, key: key, expected: expected, found: value.summary)
    }

    func unsupported(supported: [String]) -> TokenizerError {
        .unsupported(file: file, key: key, found: value.summary, supported: supported)
    }

    /// A node below this one.
    func child(_ name: String, _ value: JSON) -> FileNode {
        FileNode(file: file, key: key.isEmpty ? name : "\(key).\(name)", value: value)
    }
}

/// Objects and lists.
extension FileNode {
    /// The member of a key, or nil where it is absent or null.
    func optional(_ name: String) throws(TokenizerError) -> FileNode? {
        let found = try members().filter { $0.key.utf8.elementsEqual(name.utf8) }
        guard found.count <= 1 else {
            throw .invalid(
                file: file, key: child(name, .null).key, expected: "the key once",
                found: "it \(found.count) times")
        }
        guard let member = found.first else { return nil }
        if case .null = member.value { return nil }
        return child(name, member.value)
    }

    /// The member of a key that must be there.
    func required(_ name: String) throws(TokenizerError) -> FileNode {
        guard let node = try optional(name) else {
            throw .missing(file: file, key: child(name, .null).key)
        }
        return node
    }

    func members() throws(TokenizerError) -> [JSON.Member] {
        guard case .object(let members) = value else { throw invalid(expected: "an object") }
        return members
    }

    func elements() throws(TokenizerError) -> [FileNode] {
        guard case .array(let elements) = value else { throw invalid(expected: "a list") }
        return elements.enumerated().map {
            FileNode(file: file, key: "\(key)[\($0.offset)]", value: $0.element)
        }
    }

    /// Refuses keys that are not in the list: they may change what the tokenizer does.
    func allowOnly(_ names: [String]) throws(TokenizerError) {
        for member in try members() where !names.contains(member.key) {
            throw .unsupported(
                file: file, key: key.isEmpty ? "the file" : key,
                found: "the key \(JSON.excerpt(member.key))", supported: names)
        }
    }
}

/// Simple values.
extension FileNode {
    func string() throws(TokenizerError) -> String {
        guard case .string(let string) = value else { throw invalid(expected: "a string") }
        return string
    }

    func bool() throws(TokenizerError) -> Bool {
        guard case .bool(let bool) = value else { throw invalid(expected: "true or false") }
        return bool
    }

    /// A token's id, which the tokenizers package keeps in 32 bits.
    func tokenID() throws(TokenizerError) -> Int {
        guard case .integer(let id) = value, 0...Int(UInt32.max) ~= id else {
            throw invalid(expected: "a whole number from 0 to \(UInt32.max)")
        }
        return id
    }

    /// The member as a flag; `standard` where it is absent.
    func flag(_ name: String, standard: Bool) throws(TokenizerError) -> Bool {
        try optional(name)?.bool() ?? standard
    }
}
