/// A token that is found in the text itself, before the text is cut into words.
struct AddedToken: Sendable {
    let id: Int
    let content: String
    /// Whether it must not touch a word character.
    let isSingleWord: Bool
    /// Whether it takes the white space before it.
    let stripsLeft: Bool
    /// Whether it takes the white space after it.
    let stripsRight: Bool
    /// Whether it is looked for in normalized text.
    let isNormalized: Bool
    /// Whether decoding can leave it out.
    let isSpecial: Bool

    init(_ node: FileNode) throws(TokenizerError) {
        try node.allowOnly([
            "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
        ])
        id = try node.required("id").tokenID()
        let content = try node.required("content")
        self.content = try content.string()
        guard !self.content.isEmpty else { throw content.invalid(expected: "some text") }
        isSingleWord = try node.required("single_word").bool()
        stripsLeft = try node.required("lstrip").bool()
        stripsRight = try node.required("rstrip").bool()
        isNormalized = try node.required("normalized").bool()
        isSpecial = try node.required("special").bool()
    }
}
