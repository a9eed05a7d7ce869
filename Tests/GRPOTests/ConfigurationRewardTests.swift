import Testing

@testable import GRPO

@Suite struct ConfigurationRewardTests {
    @Test(arguments: [
        (
            "[]",
            """
            train.yaml:2: rewards: expected at least one reward, found []. Without a reward there is \
            nothing to learn from; add, for example, {kind: exact}.
            """
        ),
        ("[{weight: 2}]", "train.yaml:2: rewards.0: required and missing: kind (\(kinds)). \(add)"),
        (
            "[{kind: numbr}]",
            """
            train.yaml:2: rewards.0.kind: expected \(kinds), found the text "numbr". Did you mean \
            "number"?
            """
        ),
        (
            "[{kind: exact, tolerance: 1}]",
            """
            train.yaml:2: rewards.0.tolerance: unknown key. Known here: kind, name, weight, ramp, \
            on_failure, extract, ignore_case.
            """
        ),
        (
            "[{kind: pattern}]",
            "train.yaml: required and missing: rewards.0.expression. \(add)"
        ),
        (
            "[{kind: length}]",
            "train.yaml:2: rewards.0: required and missing: minimum or maximum. \(add)"
        ),
        (
            "[{kind: length, minimum: 5, maximum: 2}]",
            """
            train.yaml:2: rewards.0: minimum 5 is more than maximum 2, so no length is allowed. Swap \
            them.
            """
        ),
        (
            "[{kind: exact}, {kind: exact}]",
            """
            train.yaml:2: rewards.1: two rewards are called "exact", and each is logged by its name. \
            Give one of them another name.
            """
        ),
        (
            "[{kind: exact, weight: 0}]",
            """
            train.yaml:2: rewards: every weight is 0, so no completion is better than another. Give \
            at least one reward another weight (1 is usual).
            """
        ),
        (
            "[{kind: exact, extract: {after: #}}]\n",
            "train.yaml:4:7: it is not valid YAML: did not find expected ',' or '}'."
        ),
        (
            "\n  - kind: exact\n    extract:\n      after: ####\n",
            """
            train.yaml:5: rewards.0.extract.after: expected text, found nothing. Text that begins \
            with "#" needs quotes around it.
            """
        ),
        (
            "[{kind: exact, extract: last}]",
            """
            train.yaml:2: rewards.0.extract: expected whole, last_number, boxed, final, {after: text} or \
            {pattern: expression}, found the text "last".
            """
        ),
    ])
    func badRewardsAreRefused(list: String, expected: String) {
        let yaml =
            "{model: m, output: o, data: {train: t}, training: {steps: 1},\n rewards: \(list)}"
        let block =
            "model: m\nrewards: \(list)\noutput: o\ndata: {train: t}\ntraining: {steps: 1}\n"
        let text = list.contains("\n") ? block : yaml
        #expect(
            complaint { _ = try Configuration(yaml: text, source: "train.yaml") }
                == expected)
    }

    @Test(arguments: [
        ("{kind: pattern, expression: \"(\"}", "expression", "\"(\""),
        ("{kind: exact, extract: {pattern: \"[\"}}", "extract.pattern", "\"[\""),
    ])
    func expressionsThatDoNotCompileAreRefused(reward: String, key: String, found: String) {
        let yaml = leastYAML.replacing("- kind: exact", with: "- \(reward)")
        #expect(
            complaint { _ = try Configuration(yaml: yaml, source: "train.yaml") }
                == "train.yaml:6: rewards.0.\(key): expected a regular expression, found \(found). "
                + "Check its brackets and escapes (ICU syntax).")
    }

    @Test(arguments: [
        (
            "{kind: json, schema: {type: objekt}}", "schema.type",
            "expected null, boolean, object, array, number, integer, string or a list of these, "
                + "found objekt."
        ),
        (
            "{kind: json, schema: {properties: {a: {minimum: x}}}}",
            "schema.properties.a.minimum", "expected a number, found x."
        ),
        (
            "{kind: json, schema: {items: {format: date}}}", "schema.items.format",
            "unknown key. Known here: type, enum, const, properties, required, "
                + "additionalProperties, items, minItems, maxItems, uniqueItems, minLength, "
                + "maxLength, pattern, minimum, maximum, exclusiveMinimum, exclusiveMaximum, anyOf, "
                + "allOf, oneOf, not."
        ),
        (
            "{kind: tags, tags: [a b]}", "tags",
            "expected names of letters, digits, _ and -, each once, found [\"a b\"]."
        ),
        (
            "{kind: math, ignore_case: true}", "ignore_case",
            "unknown key. Known here: kind, name, weight, ramp, on_failure, extract, tolerance."
        ),
        (
            "{kind: choice, schema: {}}", "schema",
            "unknown key. Known here: kind, name, weight, ramp, on_failure, extract, choices."
        ),
    ])
    func verifiersRefuseWhatTheyCannotKeep(reward: String, key: String, reason: String) {
        let yaml = leastYAML.replacing("- kind: exact", with: "- \(reward)")
        #expect(
            complaint { _ = try Configuration(yaml: yaml, source: "train.yaml") }
                == "train.yaml:6: rewards.0.\(key): \(reason)")
    }

    @Test func verifiersAreReadAndWrittenBack() throws {
        let yaml = leastYAML.replacing(
            "- kind: exact",
            with: """
                - {kind: math, tolerance: 0.01}
                  - {kind: choice, choices: options, extract: boxed}
                  - {kind: tags, tags: [reasoning, answer], opened: true}
                  - {kind: json, schema: {type: object, required: [n], properties: {n: {minimum: 1, enum: [1, "2", true, null]}}}}
                """)
        let configuration = try Configuration(yaml: yaml, source: "train.yaml")
        #expect(configuration.rewards.map(\.extract) == [.final, .boxed, .whole, .whole])
        #expect(configuration.rewards[2].tagging.tags == ["reasoning", "answer"])
        #expect(
            configuration.rewards[3].schema?.source.text
                == #"{"properties":{"n":{"enum":[1,"2",true,null],"minimum":1}},"required":["n"],"type":"object"}"#
        )
        #expect(
            try configuration.rewards.map { try $0.reward().name } == [
                "math", "choice", "tags", "json",
            ])
        #expect(try Configuration(yaml: configuration.yamlText, source: "again") == configuration)
    }

    @Test func aRewardThatComparesNeedsAnswers() {
        let yaml = leastYAML.replacing("train: train.jsonl", with: "train: t\n  answer: null")
        #expect(
            complaint { _ = try Configuration(yaml: yaml, source: "train.yaml") }
                == "train.yaml:7: rewards.0: exact compares with the answer, and data.answer is "
                + "null. Set data.answer, or leave the reward out.")
    }
}

private let kinds =
    "exact, number, countdown, length, pattern, math, choice, tags, json, program or http"
private let add = "Add to the file, or give --set key=value."
