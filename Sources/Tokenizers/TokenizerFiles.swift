import Foundation

/// The bytes of a tokenizer's files, kept so that they can be written as they were.
///
/// Writing them anew would lose what this library does not know, and change what others read:
/// checkpoints of a model must load as the model did.
struct TokenizerFiles: Sendable {
    let tokenizer: Data
    let configuration: Data?
    /// The chat templates that lie in files of their own, by path within the folder.
    var chatTemplates: [String: Data] = [:]
    /// What errors call the folder.
    let folder: String

    private static let keys = [
        "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
        "post_processor", "decoder", "model",
    ]

    /// `tokenizer.json`, without keys that this library does not know.
    func tokenizerNode() throws(TokenizerError) -> FileNode {
        let node = try Self.parse(tokenizer, file: "\(folder)/tokenizer.json")
        try node.allowOnly(Self.keys)
        if let version = try node.optional("version"), try version.string() != "1.0" {
            throw version.unsupported(supported: ["\"1.0\""])
        }
        return node
    }

    /// `eos_token` of `tokenizer_config.json`: a string, or an added token with its content.
    func endOfText() throws(TokenizerError) -> FileNode? {
        guard let node = try configurationNode() else { return nil }
        guard let token = try node.optional("eos_token") else { return nil }
        switch token.value {
        case .string: return token
        case .object: return try token.required("content")
        default: throw token.invalid(expected: "a string, or an object with its content")
        }
    }

    /// `tokenizer_config.json`, if there is one.
    func configurationNode() throws(TokenizerError) -> FileNode? {
        guard let configuration else { return nil }
        return try Self.parse(configuration, file: "\(folder)/tokenizer_config.json")
    }

    static func parse(_ data: Data, file: String) throws(TokenizerError) -> FileNode {
        FileNode(file: file, key: "", value: try JSONParser.parse(Array(data), file: file))
    }
}
