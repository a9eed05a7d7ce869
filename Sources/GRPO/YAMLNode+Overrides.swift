extension YAMLNode {
    /// Writes values over those of the tree, in order, so that the last one for a key counts.
    ///
    /// - Parameter overrides: `key.path=value`, with the value in YAML. A place in a list is its
    ///   number from 0: `rewards.0.weight=2`. Where the key holds text, the value is taken as it is
    ///   unless it begins with a quote.
    /// - Throws: an override that is no `key=value`, or whose key leads through a scalar.
    mutating func apply(_ overrides: [String]) throws(ConfigurationError) {
        for override in overrides {
            let parts = override.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, !keys.contains("") else {
                throw ConfigurationError(
                    source: Self.overrideSource, key: nil,
                    problem: .wrongValue(
                        expected: "key=value, for example rollout.group_size=8",
                        found: "\"\(override)\"", hint: ""))
            }
            let path = keys.map(String.init)
            try set(path[...], to: YAMLNode(typed: String(parts[1]), path: path))
        }
    }

    private static let overrideSource = "--set"

    private init(typed text: String, path: [String]) {
        // Words that are no YAML are text; a key that expects anything else will say so.
        let parsed = try? YAMLNode(yaml: text, source: Self.overrideSource)
        let content =
            text.isEmpty ? .null : parsed?.content ?? .scalar(text, isQuoted: false)
        self.init(content: content, source: Self.overrideSource, typed: text)
        move(to: path)
        line = nil
    }

    /// Gives this node and those below it their paths in the tree that they are set into.
    private mutating func move(to path: [String]) {
        self.path = path
        source = Self.overrideSource
        line = nil
        switch content {
        case .null, .scalar: break
        case .list(var elements):
            for place in elements.indices { elements[place].move(to: path + ["\(place)"]) }
            content = .list(elements)
        case .section(var entries):
            for place in entries.indices {
                entries[place].value.move(to: path + [entries[place].key])
            }
            content = .section(entries)
        }
    }

    private mutating func set(
        _ path: ArraySlice<String>, to value: YAMLNode
    ) throws(ConfigurationError) {
        guard let key = path.first else {
            self = value
            return
        }
        switch content {
        case .list(var elements):
            guard let place = Int(key), elements.indices ~= place else {
                throw value.error(.noSuchPlace(key, count: elements.count))
            }
            try elements[place].set(path.dropFirst(), to: value)
            content = .list(elements)
        case .null, .section:
            var entries = try entries()
            let place = entries.firstIndex { $0.key == key } ?? entries.endIndex
            if place == entries.endIndex {
                let empty = YAMLNode(
                    content: .null, path: self.path + [key], source: Self.overrideSource)
                entries.append(Entry(key: key, value: empty))
            }
            try entries[place].value.set(path.dropFirst(), to: value)
            content = .section(entries)
        case .scalar:
            throw wrongValue(expected: "a section of keys")
        }
    }
}
