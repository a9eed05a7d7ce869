/// Filters that take the elements of a value.
extension Interpreter {
    func listFilter(
        _ name: String, _ value: Value, _ given: [Value?]
    ) throws(TemplateFailure) -> Value {
        switch name {
        case "join": return .string(try joined(value, given))
        case "first", "last":
            let elements = try self.elements(of: value)
            let element = name == "first" ? elements.first : elements.last
            return element ?? .undefined("an empty list has no \(name) element")
        case "list": return .list(try elements(of: value))
        case "reverse":
            if case .string(let text) = value {
                return .string(String(text.unicodeScalars.reversed()))
            }
            return .sequence(.generator, try elements(of: value).reversed())
        case "items":
            if value.isUndefined { return .sequence(.generator, []) }
            guard case .dictionary(let mapping) = value else {
                throw invalid("items takes a dictionary", value)
            }
            return .sequence(.generator, mapping.pairs)
        case "dictsort": return .list(try dictionarySorted(value, given))
        case "sort":
            let isCased = given[1]?.isTrue ?? false
            let sorted = try sorted(elements(of: value), isCased: isCased, attribute: given[2])
            return .list(given[0]?.isTrue ?? false ? reversedStably(sorted) : sorted.map(\.value))
        case "min", "max":
            let sorted = try sorted(
                elements(of: value), isCased: given[0]?.isTrue ?? false, attribute: given[1])
            let best = name == "min" ? sorted.first : sorted.last
            return best?.value ?? .undefined("an empty list has no \(name)imum")
        case "unique": return .sequence(.generator, try unique(value, given))
        case "sum": return try sum(value, given)
        case "batch": return .sequence(.generator, try batches(value, given))
        default: throw fail(.invalid("there is no filter \"\(name)\""))
        }
    }

    private func joined(_ value: Value, _ given: [Value?]) throws(TemplateFailure) -> String {
        let separator = try given[0].map { (v) throws(TemplateFailure) in try string(v) } ?? ""
        var text = ""
        for (place, element) in try elements(of: value).enumerated() {
            if place > 0 { try write(separator, into: &text) }
            try write(string(try attributed(element, given[1])), into: &text)
        }
        return text
    }

    /// The element, or its attribute: a name, a path with dots, or a place.
    func attributed(_ value: Value, _ attribute: Value?) throws(TemplateFailure) -> Value {
        switch attribute {
        case nil, Value.none?: return value
        case .string(let path)?:
            var found = value
            for part in path.split(separator: ".", omittingEmptySubsequences: false) {
                let key: Value = Int(part).map { .integer($0) } ?? .string(String(part))
                found = try element(key, of: found)
            }
            return found
        case let key?: return try element(key, of: value)
        }
    }

    private struct Sorted {
        let key: Value
        let value: Value
    }

    private func sorted(
        _ elements: [Value], isCased: Bool, attribute: Value?
    ) throws(TemplateFailure) -> [Sorted] {
        var entries: [Sorted] = []
        for element in elements {
            let key = try attributed(element, attribute)
            entries.append(Sorted(key: isCased ? key : key.lowercased, value: element))
        }
        try work(entries.reduce(entries.count * 8) { $0.adding($1.key.weight.multiplied(by: 16)) })
        var problem: Value?
        // Swift's sort keeps the order of equal elements, as Python's does.
        entries.sort { left, right in
            guard let isLess = left.key.isLess(than: right.key) else {
                problem = right.key.isUndefined ? right.key : left.key
                return false
            }
            return isLess
        }
        if let problem { throw invalid("values of different types have no order", problem) }
        return entries
    }

    /// Backwards, but with equal elements in their order.
    private func reversedStably(_ sorted: [Sorted]) -> [Value] {
        var groups: [[Value]] = []
        var last: Value?
        for entry in sorted {
            if let last, last.isEqual(entry.key) {
                groups[groups.count - 1].append(entry.value)
            } else {
                groups.append([entry.value])
            }
            last = entry.key
        }
        return groups.reversed().flatMap(\.self)
    }

    private func dictionarySorted(
        _ value: Value, _ given: [Value?]
    ) throws(TemplateFailure) -> [Value] {
        guard case .dictionary(let mapping) = value else {
            throw invalid("dictsort takes a dictionary", value)
        }
        var place = 0
        switch given[1] {
        case nil, .string("key")?: break
        case .string("value")?: place = 1
        default: throw fail(.invalid("dictsort sorts by key or value"))
        }
        let sorted = try sorted(
            mapping.pairs, isCased: given[0]?.isTrue ?? false, attribute: .integer(place))
        return given[2]?.isTrue ?? false ? reversedStably(sorted) : sorted.map(\.value)
    }

    private func unique(_ value: Value, _ given: [Value?]) throws(TemplateFailure) -> [Value] {
        var seen: Set<Key> = []
        var kept: [Value] = []
        for element in try elements(of: value) {
            let key = try attributed(element, given[1])
            let compared = given[0]?.isTrue ?? false ? key : key.lowercased
            if seen.insert(try hashed(compared)).inserted { kept.append(element) }
        }
        return kept
    }

    private func sum(_ value: Value, _ given: [Value?]) throws(TemplateFailure) -> Value {
        var total = given[1] ?? .integer(0)
        for element in try elements(of: value) {
            total = try arithmetic("+", total, try attributed(element, given[0]))
        }
        return total
    }

    private func batches(_ value: Value, _ given: [Value?]) throws(TemplateFailure) -> [Value] {
        guard let size = given[0]?.whole, size > 0 else {
            throw fail(.invalid("batch takes a size above 0"))
        }
        let elements = try elements(of: value)
        var batches: [Value] = []
        for start in stride(from: 0, to: elements.count, by: size) {
            var batch = Array(elements[start..<min(start.adding(size), elements.count)])
            if let fill = given[1], !fill.isNone, batch.count < size {
                try work(size)
                batch += Array(repeating: fill, count: size - batch.count)
            }
            batches.append(.list(batch))
        }
        return batches
    }
}

/// Filters that apply a test or another filter to each element.
extension Interpreter {
    func selectElements(
        _ name: String, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateFailure) -> Value {
        if name == "map" { return .sequence(.generator, try mapped(value, arguments)) }
        var rest = arguments
        var attribute: Value?
        if name.hasSuffix("attr") {
            guard !rest.positional.isEmpty else { throw fail(.invalid("\(name) needs a name")) }
            attribute = rest.positional.removeFirst()
        }
        var testName: String?
        if !rest.positional.isEmpty {
            guard case .string(let name) = rest.positional.removeFirst(), Tests.known[name] != nil
            else { throw fail(.invalid("\(name) needs the name of a test")) }
            testName = name
        }
        let keeps = name.hasPrefix("select")
        var kept: [Value] = []
        for element in try elements(of: value) {
            try work(1)
            let tested = try attributed(element, attribute)
            let passes =
                try testName.map { (name) throws(TemplateFailure) in try test(name, tested, rest) }
                ?? tested.isTrue
            if passes == keeps { kept.append(element) }
        }
        return .sequence(.generator, kept)
    }

    private func mapped(
        _ value: Value, _ arguments: CallArguments
    ) throws(TemplateFailure) -> [Value] {
        var rest = arguments
        var results: [Value] = []
        if rest.positional.isEmpty {
            let given = try valid { () throws(Invalid) in
                try rest.bound(to: ["attribute", "default"])
            }
            for element in try elements(of: value) {
                let found = try attributed(element, given[0])
                results.append(found.isUndefined ? given[1] ?? found : found)
            }
            return results
        }
        guard case .string(let name) = rest.positional.removeFirst(), Filters.known[name] != nil
        else { throw fail(.invalid("map needs the name of a filter")) }
        try deeper()
        defer { depth -= 1 }
        for element in try elements(of: value) {
            results.append(try apply(name, to: element, rest))
        }
        return results
    }
}

extension Value {
    /// For comparisons that ignore case.
    fileprivate var lowercased: Value {
        if case .string(let text) = self { .string(text.lowercased()) } else { self }
    }
}
