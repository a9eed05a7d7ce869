import Foundation
import Rewards
import Testing

struct FormatTests {
    // MARK: - Tags

    @Test(arguments: [
        "<think>a</think><answer>b</answer>", " <think>\na\n</think>\n<answer>b</answer>\n",
        "<think></think><answer></answer>", "<think>a < b <i>c</i></think><answer>b</answer>",
    ])
    func tagsAcceptThePartsInOrder(_ completion: String) async throws {
        #expect(try await Reward.tags().score(completion, answer: nil) == 1)
    }

    @Test(arguments: [
        "", "<think>a</think>", "<answer>b</answer><think>a</think>",
        "x <think>a</think><answer>b</answer>", "<think>a</think> x <answer>b</answer>",
        "<think>a</think><answer>b</answer> x", "<think>a<answer>b</answer></think>",
        "<think>a</think><answer>b", "<think>a</think><think>a</think><answer>b</answer>",
        "<think>a</think><answer>b</answer><answer>c</answer>",
        "<Think>a</Think><answer>b</answer>",
        "<think>a</think></think><answer>b</answer>", "</think><think><answer></answer>",
    ])
    func tagsRejectEverythingElse(_ completion: String) async throws {
        #expect(try await Reward.tags().score(completion, answer: nil) == 0)
    }

    @Test func tagsMayBeOpenedByThePromptAndAllowText() async throws {
        let opened = Reward.tags(isOpened: true)
        #expect(try await opened.score("a</think><answer>b</answer>", answer: nil) == 1)
        #expect(try await opened.score("<think>a</think><answer>b</answer>", answer: nil) == 0)
        let outside = Reward.tags(tags: ["answer"], allowsOutside: true)
        #expect(try await outside.score("So <answer>b</answer>.", answer: nil) == 1)
        #expect(try await outside.score("So <answer>b.", answer: nil) == 0)
        await #expect(throws: RewardError.self) {
            try await Reward.tags(tags: ["a", "a"]).score("", answer: nil)
        }
    }

    // MARK: - JSON

    private static func value(_ text: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    @Test(arguments: [
        ("type", #"{"type": "object"}"#, ["{}", #"{"a":1}"#], ["[]", "1", "null", #""{}""#]),
        ("types", #"{"type": ["string", "null"]}"#, [#""a""#, "null"], ["1", "false"]),
        ("integer", #"{"type": "integer"}"#, ["1", "1.0", "-3e2"], ["1.5", #""1""#, "true"]),
        (
            "properties",
            #"{"properties": {"a": {"type": "number"}}, "required": ["a"], "additionalProperties": false}"#,
            [#"{"a": 1}"#, "7"], [#"{}"#, #"{"a": "1"}"#, #"{"a": 1, "b": 2}"#]
        ),
        (
            "additionalProperties", #"{"additionalProperties": {"type": "string"}}"#,
            ["{}", #"{"a": "b"}"#], [#"{"a": 1}"#]
        ),
        ("items", #"{"items": {"minimum": 0}}"#, ["[]", "[0, 1]"], ["[0, -1]"]),
        ("no items", #"{"items": false}"#, ["[]"], ["[1]"]),
        ("counts", #"{"minItems": 1, "maxItems": 2}"#, ["[1]", "[1,1]"], ["[]", "[1,2,3]"]),
        ("unique", #"{"uniqueItems": true}"#, ["[1, 2]", "[]"], ["[1, 1.0]", "[{}, {}]"]),
        ("enum", #"{"enum": [1, "a", null]}"#, ["1", #""a""#, "null"], ["2", #""b""#, "[]"]),
        ("const", #"{"const": {"a": [1]}}"#, [#"{"a":[1.0]}"#], [#"{"a":[2]}"#]),
        (
            "bounds", #"{"minimum": 1, "maximum": 3}"#, ["1", "3", #""x""#], ["0.9", "3.1"]
        ),
        (
            "open bounds", #"{"exclusiveMinimum": 1, "exclusiveMaximum": 3}"#, ["2"], ["1", "3"]
        ),
        (
            "lengths", #"{"minLength": 2, "maxLength": 3}"#, [#""ab""#, #""é🦆""#, "1"],
            [#""a""#, #""abcd""#]
        ),
        ("pattern", #"{"pattern": "^a+$"}"#, [#""aa""#, "1"], [#""ab""#]),
        ("anyOf", #"{"anyOf": [{"type": "null"}, {"minimum": 5}]}"#, ["null", "6"], ["4"]),
        ("allOf", #"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, ["1"], ["0", "3"]),
        ("oneOf", #"{"oneOf": [{"minimum": 1}, {"maximum": 2}]}"#, ["0", "3"], ["1"]),
        ("not", #"{"not": {"type": "array"}}"#, ["1"], ["[]"]),
        ("annotations", #"{"title": "t", "description": "d", "default": 1}"#, ["1"], []),
    ])
    func schemasAcceptWhatTheySay(
        _ name: String, _ schema: String, _ accepted: [String], _ rejected: [String]
    ) async throws {
        let reward = Reward.json(schema: try JSONSchema(Self.value(schema)))
        for text in accepted { #expect(try await reward.score(text, answer: nil) == 1, "\(text)") }
        for text in rejected { #expect(try await reward.score(text, answer: nil) == 0, "\(text)") }
    }

    @Test(arguments: [
        "", "{", "{\"a\": 1,}", "{'a': 1}", "[1] x", "NaN", "1e999", "{\"a\": 1, \"a\": 2}",
        "```json\n{}\n```", String(repeating: "[", count: 100_000),
        String(repeating: "[", count: 101) + String(repeating: "]", count: 101), "\"\\ud800\"",
    ])
    func whatIsNotJSONScoresZero(_ text: String) async throws {
        #expect(try await Reward.json().score(text, answer: nil) == 0)
    }

    @Test func jsonMayStandOverSeveralLinesAndInAFence() async throws {
        #expect(try await Reward.json().score("{\n  \"a\": [1,\n 2]\n}\n", answer: nil) == 1)
        let fence = try AnswerPattern("(?s)```json\\n(.*?)```")
        let reward = Reward.json(extracting: .pattern(fence))
        #expect(try await reward.score("Here:\n```json\n{}\n```", answer: nil) == 1)
    }

    @Test(arguments: [
        (#"{"format": "date"}"#, ["format"]),
        (#"{"properties": {"a": {"$ref": "x"}}}"#, ["properties", "a", "$ref"]),
        (#"{"type": "objekt"}"#, ["type"]), (#"{"anyOf": []}"#, ["anyOf"]),
        (#"{"items": [{}]}"#, ["items"]), (#"{"minLength": -1}"#, ["minLength"]),
        (#"{"pattern": "("}"#, ["pattern"]), (#"{"required": [1]}"#, ["required"]), ("3", []),
    ])
    func aSchemaThatCannotBeKeptIsRefusedByItsPlace(_ schema: String, _ path: [String]) throws {
        let error = #expect(throws: JSONSchemaError.self) { try JSONSchema(Self.value(schema)) }
        #expect(error?.path == path)
    }
}
