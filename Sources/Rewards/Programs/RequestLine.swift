import Foundation

extension JSONValue {
    /// The value that JSON text describes; `nil` where it is none.
    ///
    /// - Parameters:
    ///   - text: a value, with nothing around it but white space.
    ///   - allowsJSON5: whether NaN and Infinity are numbers, among other things.
    init?(parsing text: String, allowsJSON5: Bool = false) {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = allowsJSON5
        guard let value = try? decoder.decode(JSONValue.self, from: Data(text.utf8)) else {
            return nil
        }
        self = value
    }

    /// Whether it is a number that is not finite, or an object that holds one.
    var hasNonFinite: Bool {
        switch self {
        case .number(let number): !number.isFinite
        case .object(let members): members.values.contains { $0.hasNonFinite }
        default: false
        }
    }
}

extension RewardInput {
    /// The request that a reward program reads: one line, its line break included.
    ///
    /// `id` comes first, so that a shell script finds it; then the row's fields with `completion`,
    /// `prompt`, `step`, `tokens` and `truncated`, sorted. A row's own fields of these names stand
    /// under `row`. `answer` is the row's, or what the run makes of the row where it has none.
    func requestLine(id: Int) throws -> [UInt8] {
        var fields = row
        let own: [String: JSONValue] = [
            "prompt": .string(prompt), "completion": .string(completion),
            "step": step.map { .number(Double($0)) } ?? .null,
            "tokens": .number(Double(tokenCount)), "truncated": .bool(isTruncated),
        ]
        let hidden = row.filter { own[$0.key] != nil || $0.key == "id" || $0.key == "row" }
        fields["id"] = nil
        fields.merge(own) { _, own in own }
        if !hidden.isEmpty { fields["row"] = .object(hidden) }
        if fields["answer"] == nil, let answer { fields["answer"] = .string(answer) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        let object = try encoder.encode(JSONValue.object(fields))
        return Array("{\"id\":\(id),".utf8) + object.dropFirst() + [UInt8(ascii: "\n")]
    }
}
