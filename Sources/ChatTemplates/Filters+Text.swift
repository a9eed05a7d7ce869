extension String {
    /// The filters that begin with Python's `str(value)`.
    func filtered(
        _ name: String, _ given: [Value?], _ interpreter: Interpreter
    ) throws(TemplateFailure) -> Value {
        switch name {
        case "trim":
            guard let chars = given[0], !chars.isNone else {
                return .string(stripped(start: true, end: true, of: \.isPythonSpace))
            }
            guard case .string(let scalars) = chars else {
                throw interpreter.invalid("trim takes a string", chars)
            }
            let set = Set(scalars.unicodeScalars)
            return .string(stripped(start: true, end: true, of: set.contains))
        case "upper": return .string(uppercased())
        case "lower": return .string(lowercased())
        case "capitalize": return .string(capitalizedOnce)
        case "title": return .string(titledWords)
        case "escape", "e": return .string(escaped)
        case "wordcount": return .integer(wordCount)
        case "center": return .string(try centered(given[0], interpreter))
        case "indent": return .string(try indented(given, interpreter))
        default: return .string(try replaced(given, interpreter))
        }
    }

    /// jinja2's `title`: words end at white space, hyphens and opening brackets.
    private var titledWords: String {
        var result = ""
        var isStart = true
        for scalar in unicodeScalars {
            let properties = scalar.properties
            result += isStart ? properties.uppercaseMapping : properties.lowercaseMapping
            isStart = scalar.isPythonSpace || ["-", "(", "{", "[", "<"].contains(scalar)
        }
        return result
    }

    private var escaped: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&#39;"
            case "\"": result += "&#34;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private var wordCount: Int {
        unicodeScalars.split { !($0 == "_" || $0.isLetter || $0.properties.numericType != nil) }
            .count
    }

    private func centered(
        _ width: Value?, _ interpreter: Interpreter
    ) throws(TemplateFailure) -> String {
        guard let width = width.map(\.whole) ?? 80, width <= 1_000_000 else {
            throw interpreter.fail(.invalid("center takes a width of at most 1000000"))
        }
        let missing = max(width - unicodeScalars.count, 0)
        // Python puts the odd space on the left where the width is odd.
        let left = missing / 2 + (missing & width & 1)
        return String(repeating: " ", count: left) + self
            + String(repeating: " ", count: missing - left)
    }

    private func indented(
        _ given: [Value?], _ interpreter: Interpreter
    ) throws(TemplateFailure) -> String {
        var margin = "    "
        if case .string(let text)? = given[0] {
            margin = text
        } else if let width = given[0] {
            guard let count = width.whole, count <= 1000 else {
                throw interpreter.invalid("indent takes a width of at most 1000", width)
            }
            margin = String(repeating: " ", count: max(count, 0))
        }
        // jinja2 adds a line break, so that the last line is one too.
        let lines = (self + "\n").pythonLines(keepingEnds: false)
        let size = lines.count.multiplied(by: margin.utf8.count).adding(utf8.count)
        try interpreter.work(size / 16)
        guard size <= interpreter.limits.bytes else {
            throw interpreter.fail(.limit("a text has more than \(interpreter.limits.bytes) bytes"))
        }
        let keepsBlank = given[2]?.isTrue ?? false
        let rest = lines.dropFirst().map { $0.isEmpty && !keepsBlank ? $0 : margin + $0 }
        let first = (given[1]?.isTrue ?? false ? margin : "") + (lines.first ?? "")
        return ([first] + rest).joined(separator: "\n")
    }

    private func replaced(
        _ given: [Value?], _ interpreter: Interpreter
    ) throws(TemplateFailure) -> String {
        guard let old = given[0], let new = given[1] else {
            throw interpreter.fail(.invalid("replace takes what to replace, and by what"))
        }
        let count = given[2].flatMap(\.whole) ?? -1
        let (oldText, newText) = (try interpreter.string(old), try interpreter.string(new))
        let result = try interpreter.valid { () throws(Invalid) in
            try replacing(
                oldText, with: newText, count: count < 0 ? .max : count,
                limit: interpreter.limits.bytes)
        }
        try interpreter.work(result.utf8.count / 16)
        return result
    }
}
