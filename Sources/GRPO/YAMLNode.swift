import Yams

/// A node of a configuration: what is written, and where.
///
/// Scalars stay text until a value is read from them, so that `no`, `1e-5` and `010` mean what the
/// key that holds them expects, and not what YAML 1.1 makes of them.
struct YAMLNode: Sendable {
    /// What is written.
    indirect enum Content: Sendable {
        case null
        case scalar(String, isQuoted: Bool)
        case list([YAMLNode])
        case section([Entry])
    }

    /// A key and its value.
    struct Entry: Sendable {
        let key: String
        var value: YAMLNode
    }

    var content: Content
    /// The keys and list places that lead here from the root.
    var path: [String] = []
    /// The file, or `--set`; `nil` for a node made in code.
    var source: String?
    /// The line of the key, or of the value where it has none.
    var line: Int?
    /// The words as they were typed, where they come from `--set`.
    var typed: String?

    /// A problem with this node.
    func error(_ problem: ConfigurationError.Problem) -> ConfigurationError {
        ConfigurationError(
            source: source, line: line, key: path.joined(separator: "."), problem: problem)
    }

    /// A problem with this node's value.
    func wrongValue(expected: String, hint: String = "") -> ConfigurationError {
        error(.wrongValue(expected: expected, found: found, hint: hint))
    }

    /// The keys of a section; none where nothing is written.
    func entries() throws(ConfigurationError) -> [Entry] {
        switch content {
        case .null: return []
        case .section(let entries): return entries
        default: throw wrongValue(expected: "a section of keys")
        }
    }

    /// The node at a path, or the last one on the way to it that is written.
    func nearest(to path: ArraySlice<String>) -> YAMLNode {
        guard let key = path.first, let child = child(key) else { return self }
        return child.nearest(to: path.dropFirst())
    }

    /// The value of a key, or the element at a place of a list.
    func child(_ key: String) -> YAMLNode? {
        switch content {
        case .section(let entries): entries.first { $0.key == key }?.value
        case .list(let elements): Int(key).flatMap { elements.indices ~= $0 ? elements[$0] : nil }
        default: nil
        }
    }

    private var found: String {
        switch content {
        case .null: "nothing"
        case .scalar(let text, isQuoted: false) where Double(text) != nil: text
        case .scalar(let text, _): "the text \"\(text)\""
        case .list: "a list"
        case .section: "a section"
        }
    }
}

extension YAMLNode {
    /// The tree that YAML text describes; a section without keys where the text is empty.
    init(yaml text: String, source: String) throws(ConfigurationError) {
        let root: Node?
        do {
            root = try Yams.Parser(yaml: text, resolver: .basic).singleRoot()
        } catch {
            throw ConfigurationError(yaml: error, source: source)
        }
        guard let root else {
            self.init(content: .section([]), source: source)
            return
        }
        var budget = 10_000
        try self.init(root, path: [], source: source, line: nil, budget: &budget)
    }

    /// Takes over a node of Yams; `budget` is the number of nodes that may still be made, because
    /// aliases of aliases would make billions.
    private init(
        _ node: Node, path: [String], source: String, line: Int?, budget: inout Int
    ) throws(ConfigurationError) {
        self.init(content: .null, path: path, source: source, line: line ?? node.mark?.line)
        budget -= 1
        guard budget > 0 else { throw error(.malformed("it has more than 10000 values.")) }
        switch node {
        case .scalar(let scalar):
            let isQuoted = scalar.style != .plain
            let isNull = !isQuoted && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            content = isNull ? .null : .scalar(scalar.string, isQuoted: isQuoted)
        case .sequence(let sequence):
            var elements: [YAMLNode] = []
            for (place, element) in sequence.enumerated() {
                try elements.append(
                    YAMLNode(
                        element, path: path + ["\(place)"], source: source, line: nil,
                        budget: &budget))
            }
            content = .list(elements)
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw wrongValue(expected: "keys that are words")
                }
                let value = try YAMLNode(
                    value, path: path + [name.string], source: source, line: key.mark?.line,
                    budget: &budget)
                entries.append(Entry(key: name.string, value: value))
            }
            content = .section(entries)
        case .alias:
            throw error(.malformed("it holds an alias that stands for nothing."))
        }
    }
}

extension ConfigurationError {
    fileprivate init(yaml error: any Error, source: String) {
        let (mark, reason): (Mark?, String) =
            switch error as? YamlError {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                (mark, "it is not valid YAML: \(problem).")
            case .reader(let problem, _, _, _): (nil, "it is not valid YAML: \(problem).")
            case .duplicatedKeysInMapping(let keys, let context):
                (
                    context.mark,
                    "\(keys.map { "\"\($0)\"" }.joined(separator: ", ")) is written more than once "
                        + "in this section. Keep one."
                )
            default: (nil, "it is not valid YAML: \(error).")
            }
        let needsQuotes = reason.contains("mapping values are not allowed")
        self.init(
            source: source, line: mark?.line, column: mark?.column, key: nil,
            problem: .malformed(
                reason + (needsQuotes ? " Text that holds \": \" needs quotes around it." : "")))
    }
}
