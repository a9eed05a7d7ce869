package import Tokenizers

/// A model folder that has no chat template of use.
package enum MissingChatTemplate: Error, Equatable, CustomStringConvertible {
    /// None at all.
    case none(folder: String)
    /// Several, and none of them is the default.
    case noDefault(folder: String, names: [String])
    /// A value of another type.
    case notText(file: String, key: String)

    package var description: String {
        switch self {
        case .none(let folder):
            """
            \(folder): the model has no chat template (chat_template.jinja, or chat_template in \
            tokenizer_config.json), so it cannot take messages. Give prompts as text, or use a \
            model that was trained on chats
            """
        case .noDefault(let folder, let names):
            """
            \(folder): none of the chat templates (\(names.joined(separator: ", "))) is called \
            "default". Call one so
            """
        case .notText(let file, let key):
            "\(file): \(key): expected a template, or a list of {name, template}; correct the file"
        }
    }
}

/// The chat templates of a model folder, chosen as transformers chooses.
package struct ChatTemplateFolder: Sendable {
    /// A template that is not read yet.
    private struct Source {
        let name: String
        let text: String
        let place: String
    }

    private let sources: [Source]
    private let folder: String
    /// `bos_token`, `eos_token` and the others, which templates write.
    package let specialTokens: [JSON.Member]

    /// Finds the templates: `chat_template.jinja` and `additional_chat_templates/`, else
    /// `chat_template` of `tokenizer_config.json`, else `chat_template.json`.
    ///
    /// - Throws: `TokenizerError` or ``MissingChatTemplate`` for files of another form.
    package init(_ tokenizer: Tokenizer) throws {
        folder = tokenizer.folderName
        let configuration = try tokenizer.configuration()
        specialTokens = Self.specialTokens(configuration)
        let files = tokenizer.chatTemplateFiles
        var found: [Source] = []
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) where path.hasSuffix(".jinja") {
            let file = path.split(separator: "/").last.map(String.init) ?? path
            let name = file == path ? "default" : String(file.dropLast(6))
            found.append(
                Source(
                    name: name, text: String(decoding: bytes, as: UTF8.self),
                    place: "\(folder)/\(path)"))
        }
        if !found.contains(where: { $0.name == "default" }) {
            found += try Self.sources(
                configuration?["chat_template"], file: "\(folder)/tokenizer_config.json"
            ).filter { source in !found.contains { $0.name == source.name } }
        }
        if found.isEmpty, let bytes = files["chat_template.json"] {
            let file = "\(folder)/chat_template.json"
            let value = try JSONParser.parse(Array(bytes), file: file)
            found = try Self.sources(value["chat_template"], file: file)
        }
        sources = found
    }

    /// The template for a conversation: `tool_use` where there are tools and such a template.
    ///
    /// - Throws: ``MissingChatTemplate``, or ``ChatTemplateError`` for a template that is damaged.
    package func template(hasTools: Bool) throws -> ChatTemplate {
        guard !sources.isEmpty else { throw MissingChatTemplate.none(folder: folder) }
        let tools = hasTools ? sources.first { $0.name == "tool_use" } : nil
        guard let source = tools ?? sources.first(where: { $0.name == "default" }) else {
            throw MissingChatTemplate.noDefault(folder: folder, names: sources.map(\.name))
        }
        return try ChatTemplate(source.text, name: source.place)
    }

    /// A string, or a list of `{name, template}`.
    private static func sources(_ value: JSON?, file: String) throws -> [Source] {
        let wrong = MissingChatTemplate.notText(file: file, key: "chat_template")
        switch value {
        case nil, .null: return []
        case .string(let text):
            return [Source(name: "default", text: text, place: "\(file):chat_template")]
        case .array(let elements):
            return try elements.map { element in
                guard case .string(let name) = element["name"],
                    case .string(let text) = element["template"]
                else { throw wrong }
                return Source(name: name, text: text, place: "\(file):chat_template[\(name)]")
            }
        default: throw wrong
        }
    }

    /// Every key that ends in `_token`: a string, or an added token with its content.
    private static func specialTokens(_ configuration: JSON?) -> [JSON.Member] {
        guard case .object(let members) = configuration else { return [] }
        var extra: [JSON.Member] = []
        if case .object(let more) = configuration?["extra_special_tokens"] { extra = more }
        return (members + extra).compactMap { member in
            let value = member.value["content"] ?? member.value
            guard member.key.hasSuffix("_token"), case .string = value else { return nil }
            return JSON.Member(key: member.key, value: value)
        }
    }
}
