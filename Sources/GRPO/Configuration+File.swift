import Foundation
import SystemErrors

/// A row of the table that explains a configuration's keys.
public struct ConfigurationKey: Sendable, Equatable {
    /// `rollout.group_size`; `N` stands for a place in a list.
    public let path: String
    /// What is written: `a whole number`.
    public let type: String
    /// The default; `nil` where the key is required.
    public let defaultValue: String?
    /// The range; empty where the type says it all.
    public let allowed: String
    /// What it does, its unit, and its name elsewhere.
    public let meaning: String
}

extension Configuration {
    /// Reads, merges and checks a configuration.
    ///
    /// - Parameters:
    ///   - file: a YAML file; `nil` where the overrides say all.
    ///   - overrides: `key.path=value`, over the file's values; the last for a key counts.
    /// - Returns: the configuration, whose paths are as they were written.
    /// - Throws: the first problem, with its file, line and key.
    public static func read(
        file: String?, overrides: [String] = []
    ) throws(ConfigurationError) -> Configuration {
        try Configuration(resolving: try tree(file: file, overrides: overrides))
    }

    /// The configuration that YAML text describes.
    public init(yaml: String, source: String = "configuration") throws(ConfigurationError) {
        try self.init(resolving: try YAMLNode(yaml: yaml, source: source).withPreset())
    }

    /// What is written: the preset's values, over them the file's, over them the overrides'.
    static func tree(
        file: String?, overrides: [String]
    ) throws(ConfigurationError) -> YAMLNode {
        var tree = try YAMLNode(file: file)
        try tree.apply(overrides)
        return try tree.withPreset()
    }

    /// Every key with its value, as YAML that reads back equal.
    public var yamlText: String { yaml.text }

    /// Checks ranges and what must go together.
    public func validate() throws(ConfigurationError) { try validate(at: []) }

    /// The table of all keys.
    public static var keys: [ConfigurationKey] { Configuration().keys(at: []) }
}

extension SupervisedConfiguration {
    /// Reads, merges and checks a configuration.
    ///
    /// - Parameters:
    ///   - file: a YAML file; `nil` where the overrides say all.
    ///   - overrides: `key.path=value`, over the file's values; the last for a key counts.
    /// - Returns: the configuration, whose paths are as they were written.
    /// - Throws: the first problem, with its file, line and key.
    public static func read(
        file: String?, overrides: [String] = []
    ) throws(ConfigurationError) -> SupervisedConfiguration {
        var tree = try YAMLNode(file: file)
        try tree.apply(overrides)
        return try SupervisedConfiguration(resolving: tree)
    }

    /// The configuration that YAML text describes.
    public init(yaml: String, source: String = "configuration") throws(ConfigurationError) {
        try self.init(resolving: try YAMLNode(yaml: yaml, source: source))
    }

    /// Every key with its value, as YAML that reads back equal.
    public var yamlText: String { yaml.text }

    /// Checks ranges and what must go together.
    public func validate() throws(ConfigurationError) { try validate(at: []) }

    /// The table of all keys.
    public static var keys: [ConfigurationKey] {
        // It is a key of the section that GRPO runs share, and refused here: nothing evaluates.
        SupervisedConfiguration().keys(at: []).filter { $0.path != "data.test" }
    }
}

extension ConfigurationSection {
    /// The whole way from a tree to a checked value; every problem gets the place it stems from.
    fileprivate init(resolving tree: YAMLNode) throws(ConfigurationError) {
        try self.init(tree)
        let missing = missing(from: tree, at: [])
        guard missing.isEmpty else {
            throw ConfigurationError(
                source: tree.source, key: nil, problem: .missingKeys(missing))
        }
        do {
            try validate(at: [])
        } catch {
            var error = error
            let path = (error.key ?? "").split(separator: ".").map(String.init)
            let node = tree.nearest(to: path[...])
            error.source = node.source
            error.line = node.path.isEmpty ? nil : node.line
            throw error
        }
    }
}

extension YAMLNode {
    /// This tree over that of the preset that it names, if it names one.
    fileprivate func withPreset() throws(ConfigurationError) -> YAMLNode {
        guard let node = child("preset"), let preset = try Preset?(node) else { return self }
        return try YAMLNode(yaml: preset.yaml, source: "preset \(preset.rawValue)")
            .merged(with: self)
    }

    /// The tree of a file; an empty one where there is no file.
    fileprivate init(file: String?) throws(ConfigurationError) {
        guard let file else {
            self.init(content: .section([]))
            return
        }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        } catch {
            throw ConfigurationError(
                source: file, key: nil, problem: .unreadable(unreadableReason(file, error)))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(
                source: file, key: nil,
                problem: .unreadable("it is not UTF-8 text. Save it as UTF-8."))
        }
        try self.init(yaml: text, source: file)
    }
}

/// Why a file cannot be read, in words.
func unreadableReason(_ file: String, _ error: any Error) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
        return "no such file. Paths are relative to "
            + "\(FileManager.default.currentDirectoryPath)."
    }
    return isFolder.boolValue
        ? "it is a folder; expected a file." : "it cannot be read: \(error.explanation)"
}

extension RewardConfiguration {
    /// Reads rewards as they are written on a command line.
    ///
    /// - Parameter texts: each a kind, such as `number`, or a reward in YAML, such as
    ///   `{kind: number, extract: {after: "####"}}`.
    /// - Returns: the rewards, in the same order.
    /// - Throws: `ConfigurationError` for a kind or a setting that is not known.
    public static func list(_ texts: [String]) throws(ConfigurationError) -> [RewardConfiguration] {
        var rewards: [RewardConfiguration] = []
        for text in texts {
            let yaml = text.contains(":") ? text : "{kind: \(text)}"
            let reward = try RewardConfiguration(YAMLNode(yaml: yaml, source: "--reward"))
            try reward.validate(at: ["--reward"])
            rewards.append(reward)
        }
        return rewards
    }
}
