/// Attributes, elements and slices, in jinja2's order: an attribute before the key of the name where
/// a dot asks, the key before the attribute where brackets do.
extension Interpreter {
    private static let stringMethods: Set = [
        "capitalize", "count", "endswith", "find", "format", "index", "isalnum", "isalpha",
        "isascii", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "isupper", "join",
        "ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind",
        "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip",
        "title", "upper", "zfill", "casefold",
    ]
    private static let mappingMethods: Set = ["get", "items", "keys", "values", "copy"]
    private static let listMethods: Set = ["count", "index", "copy"]

    func attribute(_ name: String, of value: Value) throws(TemplateFailure) -> Value {
        if case .undefined(let reason) = value { throw fail(.undefined(reason)) }
        if let own = ownAttribute(name, of: value) { return own }
        if case .dictionary(let mapping) = value, let member = mapping[.text(Text(name))] {
            return member
        }
        return .undefined("\(value.typeName) has no attribute \"\(name)\"")
    }

    func element(_ key: Value, of value: Value) throws(TemplateFailure) -> Value {
        switch value {
        case .undefined(let reason): throw fail(.undefined(reason))
        case .dictionary(let mapping):
            if let hashed = Key(key), let member = mapping[hashed] { return member }
        case .sequence(let sequence):
            if let index = key.whole, sequence.hasPlaces,
                let place = Self.place(index, count: sequence.elements.count)
            {
                return sequence.elements[place]
            }
        case .string(let text):
            if let index = key.whole {
                try work(text.utf8.count / 16)
                let scalars = text.unicodeScalars
                if let place = Self.place(index, count: scalars.count) {
                    return .string(
                        String(scalars[scalars.index(scalars.startIndex, offsetBy: place)]))
                }
            }
        default: break
        }
        if case .string(let name) = key, let own = ownAttribute(name, of: value) { return own }
        return .undefined("\(value.typeName) has no element \(shown(key))")
    }

    /// A method, or an attribute of a namespace or loop.
    private func ownAttribute(_ name: String, of value: Value) -> Value? {
        switch value {
        case .namespace(let namespace): return namespace.attributes[.text(Text(name))]
        case .loop(let loop): return loop.attribute(name)
        case .string where Self.stringMethods.contains(name),
            .dictionary where Self.mappingMethods.contains(name):
            return .function(.method(value, name))
        case .sequence(let sequence) where sequence.hasPlaces && Self.listMethods.contains(name):
            return .function(.method(value, name))
        case .function(.macro(let macro)) where name == "name": return .string(macro.name)
        default: return nil
        }
    }

    private static func place(_ index: Int, count: Int) -> Int? {
        let place = index < 0 ? index.adding(count) : index
        return (0..<count).contains(place) ? place : nil
    }

    private func shown(_ key: Value) -> String {
        switch key {
        case .string(let name): "\"\(name.unicodeScalars.prefix(40))\""
        case .integer(let index): "\(index)"
        default: key.typeName
        }
    }

    func slice(_ value: Value, _ bounds: [Value]) throws(TemplateFailure) -> Value {
        if case .undefined(let reason) = value { throw fail(.undefined(reason)) }
        var numbers: [Int?] = []
        for bound in bounds {
            if case .none = bound {
                numbers.append(nil)
            } else if let whole = bound.whole {
                numbers.append(whole)
            } else {
                return .undefined("\(value.typeName) has no such slice")
            }
        }
        let step = numbers[2] ?? 1
        guard step != 0 else { throw fail(.invalid("a slice with step 0")) }
        switch value {
        case .string(let text):
            try work(text.utf8.count / 4)
            let scalars = Array(text.unicodeScalars)
            let places = Self.places(numbers[0], numbers[1], step, count: scalars.count)
            return .string(String(places.map { scalars[$0] }))
        case .sequence(let sequence) where sequence.hasPlaces:
            try work(sequence.elements.count)
            let places = Self.places(numbers[0], numbers[1], step, count: sequence.elements.count)
            return .sequence(sequence.kind, places.map { sequence.elements[$0] })
        default: return .undefined("\(value.typeName) has no slices")
        }
    }

    /// The places of a slice (Python's `slice.indices`).
    private static func places(_ start: Int?, _ stop: Int?, _ step: Int, count: Int) -> [Int] {
        let lowest = step > 0 ? 0 : -1
        let highest = step > 0 ? count : count - 1
        let bound = { (value: Int) in
            min(max(value < 0 ? value.adding(count) : value, lowest), highest)
        }
        let first = start.map(bound) ?? (step > 0 ? 0 : count - 1)
        let end = stop.map(bound) ?? (step > 0 ? count : -1)
        // A stride beyond the ends would overflow.
        let stride = min(max(step, -count - 1), count + 1)
        return Array(Swift.stride(from: first, to: end, by: stride))
    }
}

extension Value.Sequence {
    /// Whether elements can be reached by place.
    var hasPlaces: Bool {
        switch kind {
        case .list, .tuple, .range: true
        case .view, .generator: false
        }
    }
}
