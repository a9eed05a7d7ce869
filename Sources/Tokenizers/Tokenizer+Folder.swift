public import Foundation

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
    }

    /// Writes `tokenizer.json` and `tokenizer_config.json`: the very bytes they were read from.
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
        } catch {
            throw .unwritable(file: folder.path, reason: error.localizedDescription)
        }
    }

    private static func read(_ file: URL) throws(TokenizerError) -> Data {
        do {
            return try Data(contentsOf: file)
        } catch {
            throw .unreadable(file: file.path, reason: error.localizedDescription)
        }
    }
}
