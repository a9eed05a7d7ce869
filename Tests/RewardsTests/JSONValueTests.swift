import Foundation
import Rewards
import Testing

struct JSONValueTests {
    @Test(arguments: [
        (JSONValue.string("a \"b\""), "a \"b\""),
        (.number(22), "22"),
        (.number(-0.5), "-0.5"),
        (.number(9_007_199_254_740_992), "9007199254740992"),
        (.number(1e300), "1e+300"),
        (.bool(true), "true"),
        (.null, "null"),
        (.array([.number(9), .number(7), .string("x")]), "[9,7,\"x\"]"),
        (.object(["b": .null, "a": .array([])]), "{\"a\":[],\"b\":null}"),
        (.array([.string("q\"\\\n\u{1}é")]), "[\"q\\\"\\\\\\n\\u0001é\"]"),
    ])
    func textIsWhatATemplateShows(_ value: JSONValue, _ text: String) {
        #expect(value.text == text)
    }

    @Test func decodesEveryKindOfValue() throws {
        let json = #"{"n":[9,7.5,-1e3],"t":true,"z":null,"s":"1","o":{"k":0}}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
        let expected = JSONValue.object([
            "n": .array([.number(9), .number(7.5), .number(-1000)]), "t": .bool(true), "z": .null,
            "s": .string("1"), "o": .object(["k": .number(0)]),
        ])
        #expect(value == expected)
        #expect(
            try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value)) == value)
        #expect(
            try JSONDecoder().decode(JSONValue.self, from: Data(value.text.utf8)) == value)
    }
}
