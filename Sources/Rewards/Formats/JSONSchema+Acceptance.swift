extension JSONSchemaRules {
    /// Whether a value keeps to all rules; a rule for another kind of value says nothing about it.
    func accept(_ value: JSONValue, reward: String) throws(RewardError) -> Bool {
        guard isOpen, types?.contains(where: { value.isOfType($0) }) != false,
            allowed?.contains(value) != false
        else { return false }
        switch value {
        case .object(let members):
            guard try accept(members, reward: reward) else { return false }
        case .array(let elements):
            guard try accept(elements, reward: reward) else { return false }
        case .string(let text):
            // JSON Schema counts characters as Unicode's code points.
            guard isWithin(Double(text.unicodeScalars.count), "minLength", "maxLength"),
                try pattern?.matches(text, reward: reward) != false
            else { return false }
        case .number(let number):
            guard isWithin(number, "minimum", "maximum"),
                bounds["exclusiveMinimum"].map({ number > $0 }) != false,
                bounds["exclusiveMaximum"].map({ number < $0 }) != false
            else { return false }
        case .null, .bool: break
        }
        return try acceptCombinations(value, reward: reward)
    }

    private func isWithin(_ number: Double, _ least: String, _ most: String) -> Bool {
        number >= bounds[least] ?? -.infinity && number <= bounds[most] ?? .infinity
    }

    private func accept(
        _ members: [String: JSONValue], reward: String
    ) throws(RewardError) -> Bool {
        guard required.allSatisfy({ members[$0] != nil }) else { return false }
        for (name, value) in members {
            guard let rules = properties[name] ?? additional.first else { continue }
            guard try rules.accept(value, reward: reward) else { return false }
        }
        return true
    }

    private func accept(_ elements: [JSONValue], reward: String) throws(RewardError) -> Bool {
        guard isWithin(Double(elements.count), "minItems", "maxItems"),
            !isUnique || Set(elements).count == elements.count
        else { return false }
        guard let rules = items.first else { return true }
        for element in elements {
            guard try rules.accept(element, reward: reward) else { return false }
        }
        return true
    }

    private func acceptCombinations(
        _ value: JSONValue, reward: String
    ) throws(RewardError) -> Bool {
        func count(_ schemas: [JSONSchemaRules]) throws(RewardError) -> Int {
            var count = 0
            for schema in schemas where try schema.accept(value, reward: reward) { count += 1 }
            return count
        }
        if let anyOf, try count(anyOf) == 0 { return false }
        if let oneOf, try count(oneOf) != 1 { return false }
        guard try count(allOf) == allOf.count else { return false }
        return try count(not) == 0
    }
}

extension JSONValue {
    fileprivate func isOfType(_ name: String) -> Bool {
        switch (self, name) {
        case (.null, "null"), (.bool, "boolean"), (.object, "object"), (.array, "array"),
            (.number, "number"), (.string, "string"):
            true
        // JSON Schema: 1.0 is an integer.
        case (.number(let number), "integer"): number == number.rounded()
        default: false
        }
    }
}
