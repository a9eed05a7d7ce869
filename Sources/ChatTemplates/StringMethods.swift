/// Python's methods of strings.
struct StringMethods {
    let text: String
    /// The most bytes of a result.
    let limit: Int

    func call(_ name: String, _ arguments: CallArguments) throws(Invalid) -> Value {
        switch name {
        case "strip", "lstrip", "rstrip": return .string(try strip(name, arguments))
        case "split", "rsplit": return .list(try split(name, arguments).map { .string($0) })
        case "startswith", "endswith": return .bool(try matches(name, arguments))
        case "replace": return .string(try replace(arguments))
        case "join": return .string(try join(arguments))
        case "count", "find", "rfind", "index": return .integer(try search(name, arguments))
        case "partition", "rpartition": return .tuple(try partition(name, arguments))
        case "removeprefix":
            let part = try string(arguments, "prefix")
            return .string(
                text.begins(with: part) ? String(Array(text.utf8).dropFirst(part.utf8.count)) : text
            )
        case "removesuffix":
            let part = try string(arguments, "suffix")
            return .string(
                text.ends(with: part) ? String(Array(text.utf8).dropLast(part.utf8.count)) : text)
        case "ljust", "rjust", "zfill": return .string(try padded(name, arguments))
        case "splitlines":
            let keeps = try arguments.bound(to: ["keepends"])[0]?.isTrue ?? false
            return .list(text.pythonLines(keepingEnds: keeps).map { .string($0) })
        case "format": throw Invalid("str.format is not supported; join the pieces with ~")
        default: return try plain(name, arguments)
        }
    }

    /// Methods without arguments.
    private func plain(_ name: String, _ arguments: CallArguments) throws(Invalid) -> Value {
        _ = try arguments.bound(to: [])
        switch name {
        case "upper": return .string(text.uppercased())
        case "lower", "casefold": return .string(text.lowercased())
        case "capitalize": return .string(text.capitalizedOnce)
        case "title": return .string(text.titled { $0.properties.isCased })
        case "isupper": return .bool(hasCase && text.isSame(text.uppercased()))
        case "islower": return .bool(hasCase && text.isSame(text.lowercased()))
        case "isspace": return .bool(all(\.isPythonSpace))
        case "isascii": return .bool(text.unicodeScalars.allSatisfy(\.isASCII))
        case "isalpha": return .bool(all(\.isLetter))
        case "isdecimal": return .bool(all { $0.properties.numericType == .decimal })
        case "isdigit":
            return .bool(all { [.decimal, .digit].contains($0.properties.numericType) })
        case "isnumeric": return .bool(all { $0.properties.numericType != nil })
        case "isalnum": return .bool(all { $0.isLetter || $0.properties.numericType != nil })
        default: throw Invalid("a string has no method \"\(name)\"")
        }
    }

    private var hasCase: Bool { text.unicodeScalars.contains { $0.properties.isCased } }

    private func all(_ condition: (Unicode.Scalar) -> Bool) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy(condition)
    }

    private func string(_ arguments: CallArguments, _ name: String) throws(Invalid) -> String {
        guard case .string(let value)? = try arguments.bound(to: [name])[0] else {
            throw Invalid("expected a string")
        }
        return value
    }

    private func strip(_ name: String, _ arguments: CallArguments) throws(Invalid) -> String {
        let (start, end) = (name != "rstrip", name != "lstrip")
        switch try arguments.bound(to: ["chars"])[0] {
        case nil, Value.none?: return text.stripped(start: start, end: end, of: \.isPythonSpace)
        case .string(let scalars)?:
            let set = Set(scalars.unicodeScalars)
            return text.stripped(start: start, end: end, of: set.contains)
        case let value?: throw Invalid("\(name) takes a string, found \(value.typeName)")
        }
    }

    private func split(_ name: String, _ arguments: CallArguments) throws(Invalid) -> [String] {
        let values = try arguments.bound(to: ["sep", "maxsplit"])
        guard let given = values[1].map(\.whole) ?? -1 else {
            throw Invalid("\(name) takes a whole number of splits")
        }
        let limit = given < 0 ? Int.max : given
        switch values[0] {
        case nil, Value.none?:
            guard name == "rsplit", limit < .max else { return text.words(limit: limit) }
            let mirrored = String(text.unicodeScalars.reversed()).words(limit: limit)
            return mirrored.reversed().map { String($0.unicodeScalars.reversed()) }
        case .string(let separator)?:
            guard !separator.isEmpty else { throw Invalid("an empty separator") }
            let pieces = text.pieces(separator: separator, limit: name == "split" ? limit : .max)
            guard name == "rsplit", limit < pieces.count - 1 else { return pieces }
            let head = pieces.count - limit
            return [pieces[..<head].joined(separator: separator)] + pieces[head...]
        case let value?: throw Invalid("\(name) takes a string, found \(value.typeName)")
        }
    }

    private func matches(_ name: String, _ arguments: CallArguments) throws(Invalid) -> Bool {
        guard let value = try arguments.bound(to: ["part"])[0] else {
            throw Invalid("\(name) needs a string")
        }
        for part in value.tupleElements ?? [value] {
            guard case .string(let part) = part else {
                throw Invalid("\(name) takes a string, found \(part.typeName)")
            }
            if name == "startswith" ? text.begins(with: part) : text.ends(with: part) {
                return true
            }
        }
        return false
    }

    private func replace(_ arguments: CallArguments) throws(Invalid) -> String {
        let values = try arguments.bound(to: ["old", "new", "count"])
        guard case .string(let old)? = values[0], case .string(let new)? = values[1],
            let count = values[2].map(\.whole) ?? -1
        else { throw Invalid("replace takes two strings, and perhaps a count") }
        return try text.replacing(old, with: new, count: count < 0 ? .max : count, limit: limit)
    }

    private func join(_ arguments: CallArguments) throws(Invalid) -> String {
        guard let value = try arguments.bound(to: ["iterable"])[0] else {
            throw Invalid("join needs a list")
        }
        var pieces: [String] = []
        var size = 0
        for element in try value.elementsToJoin {
            guard case .string(let piece) = element else {
                throw Invalid("join takes strings, found \(element.typeName)")
            }
            pieces.append(piece)
            size = size.adding(piece.utf8.count).adding(text.utf8.count)
            guard size <= limit else { throw Invalid("a text has more than \(limit) bytes") }
        }
        return pieces.joined(separator: text)
    }

    private func search(_ name: String, _ arguments: CallArguments) throws(Invalid) -> Int {
        let part = try string(arguments, "sub")
        let (bytes, mark) = (Array(text.utf8), Array(part.utf8))
        guard !mark.isEmpty else { return name == "count" ? text.unicodeScalars.count + 1 : 0 }
        if name == "count" { return text.pieces(separator: part, limit: .max).count - 1 }
        var found = bytes.firstPlace(of: mark, from: 0)
        while name == "rfind", let place = found,
            let next = bytes.firstPlace(of: mark, from: place + 1)
        {
            found = next
        }
        guard let found else {
            if name == "index" { throw Invalid("the string does not hold the other") }
            return -1
        }
        return String(bytes[..<found]).unicodeScalars.count
    }

    private func partition(_ name: String, _ arguments: CallArguments) throws(Invalid) -> [Value] {
        let mark = try string(arguments, "sep")
        guard !mark.isEmpty else { throw Invalid("an empty separator") }
        let pieces = text.pieces(separator: mark, limit: name == "partition" ? 1 : .max)
        let parts: [String]
        if pieces.count == 1 {
            parts = name == "partition" ? [text, "", ""] : ["", "", text]
        } else {
            let head = pieces.dropLast().joined(separator: mark)
            parts = [head, mark, pieces[pieces.count - 1]]
        }
        return parts.map { .string($0) }
    }

    private func padded(_ name: String, _ arguments: CallArguments) throws(Invalid) -> String {
        let values = try arguments.bound(to: name == "zfill" ? ["width"] : ["width", "fillchar"])
        guard let width = values[0]?.whole, width <= limit / 4 else {
            throw Invalid("\(name) takes a width of at most \(limit / 4)")
        }
        var fill = name == "zfill" ? "0" : " "
        if values.count > 1, let given = values[1] {
            guard case .string(let scalar) = given, scalar.unicodeScalars.count == 1 else {
                throw Invalid("\(name) takes one character to fill with")
            }
            fill = scalar
        }
        let missing = max(width - text.unicodeScalars.count, 0)
        let padding = String(repeating: fill, count: missing)
        if name == "ljust" { return text + padding }
        if name == "zfill", let sign = text.unicodeScalars.first, sign == "-" || sign == "+" {
            return String(sign) + padding + String(text.unicodeScalars.dropFirst())
        }
        return padding + text
    }
}

extension Unicode.Scalar {
    var isLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            true
        default: false
        }
    }
}

extension Value {
    fileprivate var elementsToJoin: [Value] {
        get throws(Invalid) {
            switch self {
            case .sequence(let sequence): return sequence.elements
            case .dictionary(let mapping): return mapping.keys
            case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
            default: throw Invalid("join takes a list, found \(typeName)")
            }
        }
    }
}

extension String {
    /// With occurrences of a string replaced; an empty one stands between all scalars.
    func replacing(
        _ old: String, with new: String, count: Int, limit: Int
    ) throws(Invalid) -> String {
        var pieces: [String]
        if old.isEmpty {
            let scalars = [""] + unicodeScalars.map { String($0) } + [""]
            let separate = Swift.min(count, scalars.count - 1)
            pieces = Array(scalars[..<separate]) + [scalars[separate...].joined()]
        } else {
            pieces = self.pieces(separator: old, limit: count)
        }
        let added = new.utf8.count.multiplied(by: pieces.count - 1)
        guard utf8.count.adding(added) <= limit else {
            throw Invalid("a text has more than \(limit) bytes")
        }
        return pieces.joined(separator: new)
    }
}
