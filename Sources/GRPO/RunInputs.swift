import Foundation
import LanguageModels
import Torch

/// The files that a run is made from, by what they are.
struct RunInputs {
    /// `data.train`, `model/config.json`, … with the checksum of each.
    private(set) var checksums: [String: String] = [:]

    /// Reads every file of a configuration.
    ///
    /// - Throws: `RunError` naming a file that cannot be read.
    init(_ configuration: any RunConfiguration) throws {
        try add(folder: configuration.run.model, as: "model")
        if let adapter = configuration.lora.adapter { try add(folder: adapter, as: "lora.adapter") }
        if let reference = configuration.referenceFolder {
            try add(folder: reference, as: "reference")
        }
        let data = configuration.data
        for (name, file) in [
            ("data.train", data.train), ("data.test", data.test),
            ("data.chat.tools", data.chat.tools),
        ] {
            if let file { try add(file: file, as: name) }
        }
        for program in configuration.programs {
            for file in program.files { try add(file: file, as: "\(program.name): \(file)") }
        }
    }

    /// The files of a model folder that training depends on; those of an adapter's model as well.
    private mutating func add(folder: String, as name: String) throws {
        let url = URL(filePath: folder)
        let kinds = ["json", "safetensors", "jinja", "model", "txt"]
        let files = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        for file in files.sorted() where kinds.contains(url.appending(path: file).pathExtension) {
            try add(file: url.appending(path: file).path, as: "\(name)/\(file)")
        }
        guard AdapterFolder.isThere(url) else { return }
        let base = try? AdapterFolder(url).modelFolder().path
        if let base, base != url.path { try add(folder: base, as: "\(name)'s model") }
    }

    private mutating func add(file: String, as name: String) throws {
        do {
            checksums[name] = try Checksum.text(ofFile: file).checksum
        } catch {
            throw RunError(path: file, reason: unreadableReason(file, error))
        }
    }

    /// What is not as it was, in words.
    func changes(since old: [String: String]) -> [String] {
        Set(checksums.keys).union(old.keys).sorted().compactMap { name in
            switch (old[name], checksums[name]) {
            case (let before?, let now?): before == now ? nil : "\(name) has another content"
            case (_?, nil): "\(name) is gone"
            default: "\(name) is new"
            }
        }
    }
}

/// What both kinds of configuration say of a run.
protocol RunConfiguration: Sendable {
    init(yaml: String, source: String) throws(ConfigurationError)
    var yamlText: String { get }
    var run: Configuration.Run { get set }
    var lora: Configuration.Adapter { get }
    var data: Configuration.Data { get set }
    /// The folder of another reference than the model itself.
    var referenceFolder: String? { get }
    /// Steps between checkpoints, and how many stay.
    var checkpoints: (every: Int, keep: Int) { get }
    /// The programs that score completions, with the files that their commands name.
    var programs: [(name: String, files: [String])] { get }
}

extension Configuration: RunConfiguration {
    var referenceFolder: String? { objective.kl.coefficient != 0 ? reference : nil }
    var programs: [(name: String, files: [String])] {
        rewards.enumerated().filter { $1.kind == .program }.map {
            ("rewards.\($0)", $1.external.command.files)
        }
    }
    var checkpoints: (every: Int, keep: Int) {
        (training.checkpointEvery, training.keepCheckpoints)
    }
}

extension SupervisedConfiguration: RunConfiguration {
    var referenceFolder: String? { nil }
    var programs: [(name: String, files: [String])] { [] }
    var checkpoints: (every: Int, keep: Int) {
        (training.checkpointEvery, training.keepCheckpoints)
    }
}

extension RewardConfiguration.Command {
    /// The words that name a file, such as a script and its data: what they hold is part of the
    /// objective. A program that is looked for in PATH is the system's own.
    var files: [String] {
        let separators = CharacterSet.whitespacesAndNewlines
            .union(CharacterSet(charactersIn: "\"'`();|&<>$="))
        let parts = words.count == 1 ? words[0].components(separatedBy: separators) : words
        let named = parts.enumerated().filter { place, word in
            place > 0 || word.contains("/")
        }.map(\.element)
        return Set(named).subtracting([""]).sorted().filter { word in
            let place = URL(filePath: word).resolvingSymlinksInPath().path
            let facts = try? FileManager.default.attributesOfItem(atPath: place)
            return facts?[.type] as? FileAttributeType == .typeRegular
        }
    }
}

extension RunConfiguration {
    /// The keys whose values are not those of another configuration, each with both.
    ///
    /// Left out are keys that do not change what is learned: where files lie, whose content is
    /// compared, the machine, of which a change is said aloud, and what is saved when.
    ///
    /// - Parameter old: the other configuration.
    /// - Returns: those that make another experiment, and those that only divide the work otherwise:
    ///   the same sums in another order.
    /// - Throws: what writing a configuration as YAML throws.
    func changes(since old: Self) throws -> (ofObjective: [String], ofRounding: [String]) {
        let free: Set = [
            "model", "output", "reference", "lora.adapter", "data.train", "data.test",
            "data.chat.tools", "device", "threads", "save_dtype", "shard_gigabytes",
            "training.save_every", "training.checkpoint_every", "training.keep_checkpoints",
            "training.memory_check", "training.max_nonfinite_steps", "training.on_save_failure",
        ]
        let rounding: Set = [
            "training.micro_batch_tokens", "training.gradient_checkpointing",
            "rollout.concurrent_completions",
        ]
        let before = try YAMLNode(yaml: old.yamlText, source: "").leaves
        let now = try YAMLNode(yaml: yamlText, source: "").leaves
        let keys = Set(before.keys).union(now.keys).subtracting(free)
        let changes = { (keys: Set<String>) in
            keys.sorted().compactMap { key in
                let (old, new) = (before[key] ?? "nothing", now[key] ?? "nothing")
                return old == new ? nil : "\(key) was \(old) and is \(new)"
            }
        }
        return (changes(keys.subtracting(rounding)), changes(keys.intersection(rounding)))
    }
}

extension YAMLNode {
    /// Every scalar by its path.
    fileprivate var leaves: [String: String] {
        var leaves: [String: String] = [:]
        collect(into: &leaves, path: "")
        return leaves
    }

    private func collect(into leaves: inout [String: String], path: String) {
        let inner = { (key: String) in path.isEmpty ? key : "\(path).\(key)" }
        switch content {
        case .null, .scalar: leaves[path] = inlineText
        case .list(let elements):
            for (place, element) in elements.enumerated() {
                element.collect(into: &leaves, path: inner("\(place)"))
            }
        case .section(let entries):
            for entry in entries { entry.value.collect(into: &leaves, path: inner(entry.key)) }
        }
    }
}
