/// `"%s" % value`, with the conversions that templates have use for.
extension Interpreter {
    func formatted(_ format: String, values: [Value]) throws(TemplateFailure) -> String {
        var text = ""
        var rest = values[...]
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            let conversion = scalars.next()
            if conversion == "%" {
                text += "%"
                continue
            }
            guard let value = rest.popFirst() else {
                throw fail(.invalid("the format needs more values"))
            }
            switch conversion {
            case "s": try write(string(value), into: &text)
            case "r": try write(string(.list([value])).droppingEnds, into: &text)
            case "d", "i":
                guard let whole = value.wholeNumber else {
                    throw invalid("%d takes a number", value)
                }
                text += "\(whole)"
            default:
                throw fail(
                    .unsupported("this conversion in a format", supported: ["%s", "%d", "%r"]))
            }
        }
        guard rest.isEmpty else { throw fail(.invalid("the format takes fewer values")) }
        return text
    }
}

extension Value {
    fileprivate var wholeNumber: Int? {
        whole ?? double.flatMap { Int(exactly: $0.rounded(.towardZero)) }
    }
}

extension String {
    fileprivate var droppingEnds: String { String(unicodeScalars.dropFirst().dropLast()) }
}
