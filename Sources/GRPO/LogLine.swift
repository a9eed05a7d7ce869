import Foundation
import Rewards

/// One line of a JSON Lines file, its keys in the order in which they were added.
struct LogLine {
    private var fields: [String] = []

    mutating func add(_ name: String, _ value: Int) { append(name, "\(value)") }

    /// A number; `null` where it is not finite, which JSON cannot say.
    mutating func add(_ name: String, _ value: Double) { append(name, Self.number(value)) }

    mutating func add(_ name: String, _ value: Double?) {
        append(name, value.map(Self.number) ?? "null")
    }

    mutating func add(_ name: String, _ value: String) { append(name, Self.string(value)) }

    mutating func add(_ name: String, _ value: JSONValue) { append(name, Self.encoded(value)) }

    /// The numbers of an evaluation, as TRL prefixes them.
    mutating func add(_ report: EvaluationReport) {
        for (name, estimate) in report.estimates {
            add("eval_\(name)", estimate.value)
            add("eval_\(name)/lower", estimate.lower)
            add("eval_\(name)/upper", estimate.upper)
        }
        if report.failed > 0 { add("eval_rewards/failed", report.failed) }
        add("eval_completions/mean_length", report.meanLength)
        add("eval_completions/clipped_ratio", report.truncated)
    }

    /// The object, without a line break.
    var text: String { "{" + fields.joined(separator: ",") + "}" }

    private mutating func append(_ name: String, _ value: String) {
        fields.append(Self.string(name) + ":" + value)
    }

    private static func number(_ value: Double) -> String {
        value.isFinite ? "\(value)" : "null"
    }

    private static func string(_ value: String) -> String { encoded(value) }

    private static func encoded(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        let data = try? encoder.encode(value)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

extension StepMetrics {
    /// The step and every number, as one JSON object.
    public var json: String {
        var line = LogLine()
        line.add("step", step)
        for entry in entries { line.add(entry.name, entry.value) }
        return line.text
    }
}

extension SupervisedStep.Metrics {
    /// The step, from 1, and every number, as one JSON object.
    public func json(step: Int, learningRate: Double) -> String {
        var line = LogLine()
        line.add("step", step)
        line.add("loss", loss)
        line.add("grad_norm", gradientNorm)
        line.add("learning_rate", learningRate)
        line.add("num_tokens", tokens)
        return line.text
    }
}

extension EvaluationReport {
    /// Each estimate with its name in logs.
    public var estimates: [(name: String, estimate: Estimate)] {
        [("accuracy/greedy", greedy)] + (sampled.map { [("accuracy/sampled", $0)] } ?? [])
            + passAt.map { ("pass@\($0.k)", $0.estimate) }
    }

    /// Every number, as one JSON object.
    public var json: String {
        var line = LogLine()
        line.add("count", count)
        line.add(self)
        return line.text
    }
}
