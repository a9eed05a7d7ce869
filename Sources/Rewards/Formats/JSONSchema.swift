/// What a JSON value must be like: a part of JSON Schema (2020-12).
///
/// Known are `type`, `enum`, `const`; for objects `properties`, `required`, `additionalProperties`;
/// for lists `items`, `minItems`, `maxItems`, `uniqueItems`; for text `minLength`, `maxLength`,
/// `pattern` (ICU syntax); for numbers `minimum`, `maximum`, `exclusiveMinimum`,
/// `exclusiveMaximum`; and `anyOf`, `allOf`, `oneOf`, `not`. `title`, `description`, `default`,
/// `examples`, `$schema` and `$comment` are allowed and say nothing. Any other keyword is refused:
/// it would be a promise that nothing checks.
public struct JSONSchema: Sendable, Equatable {
    /// The schema as it was written.
    public let source: JSONValue
    let rules: JSONSchemaRules

    /// Reads a schema.
    ///
    /// - Parameter source: an object of keywords, or `true` or `false`.
    /// - Throws: `JSONSchemaError`, naming the place.
    public init(_ source: JSONValue) throws(JSONSchemaError) {
        self.source = source
        rules = try JSONSchemaRules(source, at: [])
    }

    func accepts(_ value: JSONValue, reward: String) throws(RewardError) -> Bool {
        try rules.accept(value, reward: reward)
    }

    /// Whether both were written alike.
    public static func == (left: Self, right: Self) -> Bool { left.source == right.source }
}

/// A schema that cannot be used: at which place, and why.
public struct JSONSchemaError: Error, Equatable {
    /// What can be wrong.
    public enum Problem: Sendable, Equatable {
        /// A keyword that is not supported.
        case unknownKeyword(known: [String])
        /// A value of the wrong kind.
        case wrongValue(expected: String, found: String)
    }

    /// The keys that lead there.
    public let path: [String]
    /// What is wrong.
    public let problem: Problem
}

/// The rules of a schema, or of one inside it.
struct JSONSchemaRules: Sendable {
    /// `true` accepts everything, `false` nothing.
    var isOpen = true
    var types: [String]?
    var allowed: [JSONValue]?
    var properties: [String: JSONSchemaRules] = [:]
    var required: [String] = []
    /// For the properties that are not named; at most one.
    var additional: [JSONSchemaRules] = []
    /// For every element of a list; at most one.
    var items: [JSONSchemaRules] = []
    var isUnique = false
    /// The bounds, by keyword.
    var bounds: [String: Double] = [:]
    var pattern: AnswerPattern?
    var anyOf: [JSONSchemaRules]?
    var oneOf: [JSONSchemaRules]?
    var allOf: [JSONSchemaRules] = []
    var not: [JSONSchemaRules] = []
}

extension JSONSchemaRules {
    static let keywords = [
        "type", "enum", "const", "properties", "required", "additionalProperties", "items",
        "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "minimum",
        "maximum", "exclusiveMinimum", "exclusiveMaximum", "anyOf", "allOf", "oneOf", "not",
    ]
    private static let annotations: Set<String> = [
        "title", "description", "default", "examples", "$schema", "$comment",
    ]
    private static let types = [
        "null", "boolean", "object", "array", "number", "integer", "string",
    ]

    init(_ source: JSONValue, at path: [String]) throws(JSONSchemaError) {
        if case .bool(let isOpen) = source {
            self.isOpen = isOpen
            return
        }
        guard case .object(let members) = source else {
            throw Self.wrong("a schema (keywords and their values, true or false)", source, path)
        }
        for (keyword, value) in members.sorted(by: { $0.key < $1.key }) {
            try read(keyword, value, at: path + [keyword])
        }
    }

    private mutating func read(
        _ keyword: String, _ value: JSONValue, at path: [String]
    ) throws(JSONSchemaError) {
        switch keyword {
        case "type": types = try Self.types(value, path)
        case "enum": allowed = try Self.list(value, path)
        case "const": allOf.append(JSONSchemaRules(allowed: [value]))
        case "properties": properties = try Self.members(value, path)
        case "required": required = try Self.texts(value, path)
        case "additionalProperties": additional = [try Self(value, at: path)]
        case "items": items = [try Self(value, at: path)]
        case "uniqueItems":
            guard case .bool(let isUnique) = value else {
                throw Self.wrong("true or false", value, path)
            }
            self.isUnique = isUnique
        case "pattern": pattern = try Self.pattern(value, path)
        case "anyOf": anyOf = try Self.schemas(value, path)
        case "oneOf": oneOf = try Self.schemas(value, path)
        case "allOf": allOf += try Self.schemas(value, path)
        case "not": not = [try Self(value, at: path)]
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems",
            "minLength", "maxLength":
            bounds[keyword] = try Self.bound(keyword, value, path)
        case _ where Self.annotations.contains(keyword): break
        default:
            throw JSONSchemaError(path: path, problem: .unknownKeyword(known: Self.keywords))
        }
    }

    private static func wrong(
        _ expected: String, _ found: JSONValue, _ path: [String]
    ) -> JSONSchemaError {
        let text = found.text
        let short = text.prefix(60) + (text.utf8.count > 60 ? "…" : "")
        return JSONSchemaError(
            path: path, problem: .wrongValue(expected: expected, found: String(short)))
    }

    private static func list(
        _ value: JSONValue, _ path: [String]
    ) throws(JSONSchemaError) -> [JSONValue] {
        guard case .array(let values) = value, !values.isEmpty else {
            throw wrong("a list that is not empty", value, path)
        }
        return values
    }

    private static func texts(
        _ value: JSONValue, _ path: [String]
    ) throws(JSONSchemaError) -> [String] {
        guard case .array(let values) = value else { throw wrong("a list of names", value, path) }
        let texts = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
        guard texts.count == values.count else { throw wrong("a list of names", value, path) }
        return texts
    }

    private static func types(
        _ value: JSONValue, _ path: [String]
    ) throws(JSONSchemaError) -> [String] {
        let names: [String] =
            if case .string(let name) = value { [name] } else { try texts(value, path) }
        guard !names.isEmpty, names.allSatisfy(types.contains) else {
            throw wrong(types.joined(separator: ", ") + " or a list of these", value, path)
        }
        return names
    }

    private static func schemas(
        _ value: JSONValue, _ path: [String]
    ) throws(JSONSchemaError) -> [JSONSchemaRules] {
        var schemas: [JSONSchemaRules] = []
        for (place, schema) in try list(value, path).enumerated() {
            schemas.append(try Self(schema, at: path + ["\(place)"]))
        }
        return schemas
    }

    private static func members(
        _ value: JSONValue, _ path: [String]
    ) throws(JSONSchemaError) -> [String: JSONSchemaRules] {
        guard case .object(let members) = value else {
            throw wrong("schemas by the property's name", value, path)
        }
        var rules: [String: JSONSchemaRules] = [:]
        for (name, schema) in members { rules[name] = try Self(schema, at: path + [name]) }
        return rules
    }

    private static func pattern(
        _ value: JSONValue, _ path: [String]
    ) throws(JSONSchemaError) -> AnswerPattern {
        guard case .string(let text) = value, let pattern = try? AnswerPattern(text) else {
            throw wrong("a regular expression (ICU syntax)", value, path)
        }
        return pattern
    }

    private static func bound(
        _ keyword: String, _ value: JSONValue, _ path: [String]
    ) throws(JSONSchemaError) -> Double {
        guard case .number(let bound) = value else { throw wrong("a number", value, path) }
        let isCount = keyword.hasSuffix("Items") || keyword.hasSuffix("Length")
        guard !isCount || bound >= 0 && bound == bound.rounded() else {
            throw wrong("a whole number of 0 or more", value, path)
        }
        return bound
    }
}
