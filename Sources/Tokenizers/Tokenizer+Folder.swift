public import Foundation
import SystemErrors

/// Reading and writing a model folder.
extension Tokenizer {
    /// Reads the tokenizer of a model folder.
    ///
    /// - Parameter folder: with `tokenizer.json`, and perhaps `tokenizer_config.json`.
    /// - Throws: ``TokenizerError``.
    public init(folder: URL) throws(TokenizerError) {
        let configuration = folder.appending(path: "tokenizer_config.json")
        let hasConfiguration = FileManager.default.fileExists(atPath: configuration.path)
        try self.init(
            json: Self.read(folder.appending(path: "tokenizer.json")),
            configuration: hasConfiguration ? Self.read(configuration) : nil, name: folder.path)
        files.chatTemplates = try Self.chatTemplates(in: folder)
    }

    /// The chat templates that lie in files of their own, by path within the folder.
    private static func chatTemplates(in folder: URL) throws(TokenizerError) -> [String: Data] {
        let additional = "additional_chat_templates"
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: folder.appending(path: additional).path)
        let paths =
            ["chat_template.jinja", "chat_template.json"]
            + (names ?? []).filter { $0.hasSuffix(".jinja") }.sorted().map { "\(additional)/\($0)" }
        var files: [String: Data] = [:]
        for path in paths {
            let file = folder.appending(path: path)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            files[path] = try read(file)
        }
        return files
    }

    /// Writes `tokenizer.json`, `tokenizer_config.json` and the files of chat templates: the very
    /// bytes they were read from.
    ///
    /// - Parameter folder: made where it is missing. Files of these names are replaced; where there
    ///   is no configuration to write, that of the folder is removed.
    /// - Throws: ``TokenizerError``.
    public func write(to folder: URL) throws(TokenizerError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try files.tokenizer.write(
                to: folder.appending(path: "tokenizer.json"), options: .atomic)
            let configuration = folder.appending(path: "tokenizer_config.json")
            if let bytes = files.configuration {
                try bytes.write(to: configuration, options: .atomic)
            } else if FileManager.default.fileExists(atPath: configuration.path) {
                // It would give this tokenizer the end token of another one.
                try FileManager.default.removeItem(at: configuration)
            }
            for (path, bytes) in files.chatTemplates {
                let file = folder.appending(path: path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try bytes.write(to: file, options: .atomic)
            }
        } catch {
            throw .unwritable(file: folder.path, reason: error.explanation)
        }
    }

    private static func read(_ file: URL) throws(TokenizerError) -> Data {
        do {
            return try Data(contentsOf: file)
        } catch {
            throw .unreadable(file: file.path, reason: error.explanation)
        }
    }
}

/// What chat templates need.
extension Tokenizer {
    /// The chat templates that lie in files of their own, by path within the folder.
    package var chatTemplateFiles: [String: Data] { files.chatTemplates }

    /// What errors call the folder.
    package var folderName: String { files.folder }

    /// `tokenizer_config.json`, if there is one.
    ///
    /// - Throws: ``TokenizerError`` where it is not JSON.
    package func configuration() throws(TokenizerError) -> JSON? {
        try files.configurationNode()?.value
    }
}
