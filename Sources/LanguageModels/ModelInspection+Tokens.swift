import Foundation
import Tokenizers

extension ModelInspection {
    mutating func inspectTokens(
        _ files: ModelFiles, _ tokenizer: Tokenizer?, _ configuration: DecoderConfiguration?
    ) {
        if let tokenizer {
            let file = Self.object(tokenizerFile)
            let kind = (file["model"] as? [String: Any])?["type"] as? String
            self.tokenizer = (kind ?? "BPE", tokenizer.vocabularySize)
            if let configuration { compare(tokenizer, configuration) }
            inspectClass(file)
        }
        guard let configuration else { return }
        do {
            let stops = try files.stopTokens(configuration, tokenizer)
            stopTokens = stops
            inspectStops(stops, files, configuration)
        } catch {
            add(.error, "\(error)")
        }
    }

    private var tokenizerFile: Data? {
        try? Data(contentsOf: folder.appending(path: "tokenizer.json"))
    }

    private mutating func compare(_ tokenizer: Tokenizer, _ configuration: DecoderConfiguration) {
        let (tokens, rows) = (tokenizer.vocabularySize, configuration.vocabularySize)
        do throws(ModelError) {
            try tokenizer.check(against: configuration, folder: folder)
        } catch {
            return add(.error, "\(error)")
        }
        if tokens > rows {
            add(
                .warning,
                "\(tokens - rows) added tokens have no row in the model (vocab_size \(rows)): they "
                    + "are never sampled, and prompts must not hold them.")
        } else if tokens < rows {
            add(.note, "\(rows - tokens) rows of the model have no token and are never sampled.")
        }
    }

    private mutating func inspectStops(
        _ stops: StopTokens, _ files: ModelFiles, _ configuration: DecoderConfiguration
    ) {
        if files.copied["generation_config.json"] == nil {
            add(
                .note,
                "generation_config.json is missing: the stop tokens are those of config.json.")
        }
        if stops.all.isEmpty {
            add(.warning, "no file names a stop token: only the length limit ends a completion.")
        }
        let (generation, shape) = (Set(stops.generation), Set(stops.configuration))
        if !generation.isEmpty, !shape.isEmpty, generation != shape {
            add(
                .note,
                "eos_token_id is \(stops.generation) in generation_config.json and "
                    + "\(stops.configuration) in config.json; the former counts.")
        }
        if let end = stops.tokenizer, !generation.union(shape).isEmpty,
            !generation.union(shape).contains(end)
        {
            add(
                .warning,
                "the tokenizer's eos token \(end) is not among the stop tokens of the "
                    + "configuration files; all of them stop.")
        }
        for token in stops.all.sorted() where !(0..<configuration.vocabularySize).contains(token) {
            add(.warning, "the stop token \(token) has no row in the model.")
        }
    }

    /// transformers 5 gives some classes a pre-tokenizer of their own, whatever tokenizer.json says.
    private mutating func inspectClass(_ file: [String: Any]) {
        let settings = Self.object(
            try? Data(contentsOf: folder.appending(path: "tokenizer_config.json")))
        guard let name = settings["tokenizer_class"] as? String else { return }
        let pattern = Self.patterns(file["pre_tokenizer"])
        let ignoresMerges = (file["model"] as? [String: Any])?["ignore_merges"] as? Bool ?? false
        let isOverridden: Bool
        switch name.replacing("Fast", with: "") {
        case "Qwen2Tokenizer": isOverridden = pattern != [Self.qwenPattern] || ignoresMerges
        case "GPT2Tokenizer": isOverridden = !pattern.isEmpty || ignoresMerges
        default: return
        }
        guard isOverridden else { return }
        add(
            .warning,
            "tokenizer_class is \(name), and AutoTokenizer of transformers 5 replaces the "
                + "pre-tokenizer of tokenizer.json by that of the class. grpo follows the file.")
    }

    private static let qwenPattern =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"#
        + #"\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// The regular expressions of a pre-tokenizer.
    private static func patterns(_ value: Any?) -> [String] {
        guard let object = value as? [String: Any] else { return [] }
        let parts = object["pretokenizers"] as? [Any] ?? []
        let own = (object["pattern"] as? [String: Any])?["Regex"] as? String
        let inner = parts.prefix(100).compactMap { part in
            ((part as? [String: Any])?["pattern"] as? [String: Any])?["Regex"] as? String
        }
        return (own.map { [$0] } ?? []) + inner
    }
}

// MARK: Chat templates

extension ModelInspection {
    /// Where transformers looks, in its order: the file beside comes before the key.
    mutating func inspectTemplates(_ files: ModelFiles, _ tokenizer: Tokenizer?) {
        var texts: [String] = []
        for name in files.copied.keys.sorted() where name.hasSuffix(".jinja") {
            chatTemplates.append(name)
            texts.append(String(decoding: files.copied[name] ?? Data(), as: UTF8.self))
        }
        let settings = Self.object(
            try? Data(contentsOf: folder.appending(path: "tokenizer_config.json")))
        let named = settings["chat_template"] as? [[String: Any]] ?? []
        if let text = settings["chat_template"] as? String {
            chatTemplates.append("tokenizer_config.json")
            if let file = files.copied["chat_template.jinja"], file != Data(text.utf8) {
                add(
                    .warning,
                    "chat_template.jinja and chat_template in tokenizer_config.json differ; the "
                        + "file counts.")
            }
            texts.append(text)
        }
        for template in named {
            chatTemplates.append("tokenizer_config.json: \(template["name"] as? String ?? "?")")
            if let text = template["template"] as? String { texts.append(text) }
        }
        guard let tokenizer, texts.contains(where: { $0.contains("bos_token") }) else { return }
        let added = tokenizer.encode("", addingSpecialTokens: true)
        if !added.isEmpty {
            add(
                .note,
                "the chat template writes bos_token and the post-processor adds \(added): encode "
                    + "rendered chats without special tokens, as grpo does, or it stands twice.")
        }
    }
}
