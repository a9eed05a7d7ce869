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
    mutating func add(_ report: EvaluationReport, prefix: String = "eval_") {
        for measure in report.measures { add(prefix + measure.name, measure.estimate) }
        if report.failed > 0 { add(prefix + "rewards/failed", report.failed) }
    }

    /// A number and the ends of its interval.
    mutating func add(_ name: String, _ estimate: Estimate) {
        add(name, estimate.value)
        add("\(name)/lower", estimate.lower)
        add("\(name)/upper", estimate.upper)
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
    /// The count of prompts and every number, as one JSON object.
    public var json: String {
        var line = LogLine()
        line.add("count", count)
        line.add(self)
        return line.text
    }
}
