import Foundation

extension Reward {
    /// 1 where the completion is the tagged parts, in order and once each, else 0.
    ///
    /// With `["think", "answer"]` that is `<think>…</think><answer>…</answer>`, with white space
    /// alone around the parts. No tag may be opened or closed a second time.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - tags: the names of the tags, in order.
    ///   - isOpened: whether the prompt ends with the first tag, as some chat templates have it:
    ///     then the completion only closes it.
    ///   - allowsOutside: whether other text may stand around the parts.
    /// - Returns: the reward.
    public static func tags(
        name: String = "tags", weight: Double = 1, tags: [String] = ["think", "answer"],
        isOpened: Bool = false, allowsOutside: Bool = false
    ) -> Reward {
        Reward(name, weight: weight) { input in
            guard !tags.isEmpty, Set(tags).count == tags.count else {
                throw RewardError.invalidSetting(
                    reward: name, setting: "tags", expected: "at least one name, each once",
                    found: "\(tags)")
            }
            let prefix = isOpened ? "<\(tags[0])>" : ""
            return isTagged(
                prefix + input.completion, by: tags, allowsOutside: allowsOutside) ? 1 : 0
        }
    }
}

private func isTagged(_ text: String, by tags: [String], allowsOutside: Bool) -> Bool {
    var rest = text[...]
    for tag in tags {
        let (opening, closing) = ("<\(tag)>", "</\(tag)>")
        guard let open = rest.range(of: opening, options: .literal),
            let close = rest.range(
                of: closing, options: .literal, range: open.upperBound..<rest.endIndex),
            isOnlyOne(opening, in: text), isOnlyOne(closing, in: text)
        else { return false }
        guard allowsOutside || rest[..<open.lowerBound].allSatisfy(\.isWhitespace) else {
            return false
        }
        // The inside of a part holds none of the other tags.
        let inside = rest[open.upperBound..<close.lowerBound]
        guard !tags.contains(where: { inside.contains("<\($0)>") || inside.contains("</\($0)>") })
        else { return false }
        rest = rest[close.upperBound...]
    }
    return allowsOutside || rest.allSatisfy(\.isWhitespace)
}

private func isOnlyOne(_ tag: String, in text: String) -> Bool {
    guard let first = text.range(of: tag, options: .literal) else { return false }
    return text.range(of: tag, options: .literal, range: first.upperBound..<text.endIndex) == nil
}
