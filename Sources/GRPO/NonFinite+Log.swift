import LanguageModels
import Rewards

extension NonFiniteUpdate {
    /// A warning for a person.
    var warning: String {
        let places = rows.prefix(4).map { "\($0.request)/\($0.sample)" }
        let more = rows.count > 4 ? " and \(rows.count - 4) more" : ""
        return "step \(step): optimizer step \(update) was left out, its \(cause.rawValue) is not "
            + "finite; prompt/completion \(places.joined(separator: ", "))\(more) of the step: see "
            + "faults.jsonl"
    }

    /// One object: the step, and each completion that caused it, as `row` knows it.
    func json(row: (CompletionPlace) -> [String: JSONValue]) -> String {
        var line = LogLine()
        line.add("step", step)
        line.add("update", update)
        line.add("cause", cause.rawValue)
        line.add("action", "skipped")
        line.add(
            "rows",
            .array(
                rows.map { place in
                    let known: [String: JSONValue] = [
                        "prompt_index": .number(Double(place.request)),
                        "completion_index": .number(Double(place.sample)),
                    ]
                    return .object(known.merging(row(place)) { known, _ in known })
                }))
        return line.text
    }
}

extension StepResult {
    /// The lines of `faults.jsonl`.
    var faultLines: [String] {
        nonFinite.map { fault in
            fault.json { place in
                let group = groups[place.request].group
                return [
                    "prompt": .string(group.prompt.text),
                    "completion": .string(group.rollouts[place.sample].text),
                ]
            }
        }
    }
}
