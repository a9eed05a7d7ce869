extension Configuration {
    /// A configuration with every key, what it means and where its value comes from.
    ///
    /// - Parameters:
    ///   - file: a YAML file; `nil` where the overrides say all.
    ///   - overrides: `key.path=value`, over the file's values.
    /// - Returns: YAML with a comment on each line, which reads back equal. Required keys may be
    ///   missing: they show as they stand.
    /// - Throws: the first problem, with its file, line and key.
    public static func explained(
        file: String?, overrides: [String] = []
    ) throws(ConfigurationError) -> String {
        let tree = try tree(file: file, overrides: overrides)
        let lines = try Configuration(tree).explainedLines(written: tree)
        let width = min(lines.map(\.text.count).max() ?? 0, 40)
        return lines.map { line in
            let padding = String(repeating: " ", count: max(width - line.text.count, 0))
            return line.comment.isEmpty ? line.text : "\(line.text)\(padding)  # \(line.comment)"
        }.joined(separator: "\n") + "\n"
    }
}

/// A line of YAML and what stands behind it.
struct ExplainedLine {
    var text: String
    let comment: String
}

extension ConfigurationSection {
    func explainedLines(written: YAMLNode?) -> [ExplainedLine] {
        fields.flatMap { $0.explainedLines(self, written: written) }
    }
}

extension ConfigurationVariant {
    func explainedNumbers(written: YAMLNode?) -> [ExplainedLine] {
        numbers.flatMap { $0.explainedLines(self, written: written) }
    }
}

extension ConfigurationField {
    /// The lines of a key; a value with keys of its own has one for each.
    fileprivate func explainedLines(_ section: Section, written: YAMLNode?) -> [ExplainedLine] {
        let node = written?.child(key)
        let value = value(section)
        let indented = { (lines: [ExplainedLine]) in
            lines.map { ExplainedLine(text: "  " + $0.text, comment: $0.comment) }
        }
        if let section = value as? any ConfigurationSection {
            return [ExplainedLine(text: "\(key):", comment: meaning)]
                + indented(section.explainedLines(written: node))
        }
        if let variant = value as? any ConfigurationVariant {
            let numbers = variant.explainedNumbers(written: node)
            guard !numbers.isEmpty else { return [line(value, node)] }
            return [
                ExplainedLine(text: "\(key):", comment: meaning),
                ExplainedLine(
                    text: "  kind: \(variant.kind.yaml.inlineText)",
                    comment:
                        "\(Swift.type(of: variant).expected); \(Self.source(node?.child("kind") ?? node))"
                ),
            ] + indented(numbers)
        }
        return [line(value, node)]
    }

    private func line(_ value: any ConfigurationValue, _ node: YAMLNode?) -> ExplainedLine {
        ExplainedLine(
            text: "\(key): \(value.yaml.inlineText)", comment: "\(meaning) \(Self.source(node))")
    }

    /// Where a value was written: `[train.yaml:3]`, `[preset dapo]`, `[--set]`, `[default]`.
    private static func source(_ node: YAMLNode?) -> String {
        guard let source = node?.source else { return "[default]" }
        if source.hasPrefix("preset ") { return "[\(source)]" }
        return node?.line.map { "[\(source):\($0)]" } ?? "[\(source)]"
    }
}
