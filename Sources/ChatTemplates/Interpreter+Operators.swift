import Foundation

/// Python's operators.
extension Interpreter {
    func negated(_ value: Value) throws(TemplateFailure) -> Value {
        if let whole = value.whole {
            let (result, overflow) = 0.subtractingReportingOverflow(whole)
            return overflow ? .number(-Double(whole)) : .integer(result)
        }
        guard let number = value.double else { throw invalid("\"-\" takes a number", value) }
        return .number(-number)
    }

    func arithmetic(
        _ operation: String, _ left: Value, _ right: Value
    ) throws(TemplateFailure) -> Value {
        switch (operation, left, right) {
        case ("+", .string(let left), .string(let right)):
            var text = left
            try work(left.utf8.count / 16)
            try write(right, into: &text)
            return .string(text)
        case ("+", .sequence(let left), .sequence(let right)):
            try work(left.elements.count + right.elements.count)
            switch (left.kind, right.kind) {
            case (.list, .list), (.tuple, .tuple):
                return .sequence(left.kind, left.elements + right.elements)
            default: break
            }
        case ("*", _, _) where left.double == nil && right.whole != nil:
            return try repeated(left, max(right.whole ?? 0, 0))
        case ("*", _, _) where right.double == nil && left.whole != nil:
            return try repeated(right, max(left.whole ?? 0, 0))
        case ("%", .string(let format), _):
            return .string(try formatted(format, values: right.tupleElements ?? [right]))
        default: break
        }
        if let left = left.whole, let right = right.whole, operation != "/" {
            return try wholeArithmetic(operation, left, right)
        }
        guard let leftNumber = left.double, let rightNumber = right.double else {
            throw invalid(
                "\"\(operation)\" cannot take \(left.typeName) and \(right.typeName)",
                left.isUndefined ? left : right)
        }
        return try arithmetic(operation, leftNumber, rightNumber)
    }

    private func repeated(_ value: Value, _ count: Int) throws(TemplateFailure) -> Value {
        switch value {
        case .string(let text):
            let (size, overflow) = text.utf8.count.multipliedReportingOverflow(by: count)
            guard !overflow, size <= limits.bytes else {
                throw fail(.limit("a text has more than \(limits.bytes) bytes"))
            }
            try work(size / 16)
            return .string(String(repeating: text, count: count))
        case .sequence(let sequence):
            let (size, overflow) = sequence.elements.count.multipliedReportingOverflow(by: count)
            try work(overflow ? limits.steps : size)
            return .sequence(
                sequence.kind, Array(repeatElement(sequence.elements, count: count).joined()))
        default: throw invalid("\"*\" takes numbers, or a string or list and a number", value)
        }
    }

    private func wholeArithmetic(
        _ operation: String, _ left: Int, _ right: Int
    ) throws(TemplateFailure) -> Value {
        let (result, overflow): (Int, Bool)
        switch operation {
        case "+": (result, overflow) = left.addingReportingOverflow(right)
        case "-": (result, overflow) = left.subtractingReportingOverflow(right)
        case "*": (result, overflow) = left.multipliedReportingOverflow(by: right)
        case "**":
            guard right >= 0 else { return .number(pow(Double(left), Double(right))) }
            (result, overflow) = Self.power(left, right)
        default:
            guard right != 0 else { throw fail(.invalid("a division by zero")) }
            // Python rounds down, and the remainder has the sign of the divisor.
            let (quotient, isTooLarge) = left.dividedReportingOverflow(by: right)
            let remainder = right == -1 ? 0 : left % right
            let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
            overflow = isTooLarge && operation == "//"
            result =
                operation == "//"
                ? quotient - (isBelow ? 1 : 0) : remainder + (isBelow ? right : 0)
        }
        guard !overflow else { throw fail(.limit("a whole number has more than 64 bits")) }
        return .integer(result)
    }

    private static func power(_ base: Int, _ exponent: Int) -> (Int, Bool) {
        if base == 0 || base == 1 { return (exponent == 0 ? 1 : base, false) }
        if base == -1 { return (exponent.isMultiple(of: 2) ? 1 : -1, false) }
        var (result, overflow) = (1, exponent > 64)
        var count = 0
        while count < exponent, !overflow {
            (result, overflow) = result.multipliedReportingOverflow(by: base)
            count += 1
        }
        return (result, overflow)
    }

    private func arithmetic(
        _ operation: String, _ left: Double, _ right: Double
    ) throws(TemplateFailure) -> Value {
        switch operation {
        case "+": return .number(left + right)
        case "-": return .number(left - right)
        case "*": return .number(left * right)
        case "**": return .number(pow(left, right))
        default:
            guard right != 0 else { throw fail(.invalid("a division by zero")) }
            if operation == "/" { return .number(left / right) }
            let remainder = left - right * (left / right).rounded(.down)
            return .number(operation == "//" ? (left / right).rounded(.down) : remainder)
        }
    }

    func compare(
        _ operation: String, _ left: Value, _ right: Value
    ) throws(TemplateFailure) -> Bool {
        try work(min(left.weight, right.weight))
        switch operation {
        case "==": return left.isEqual(right)
        case "!=": return !left.isEqual(right)
        case "in": return try contains(right, left)
        case "not in": return !(try contains(right, left))
        default: break
        }
        let isReversed = operation.hasPrefix(">")
        let (first, second) = isReversed ? (right, left) : (left, right)
        guard let isLess = first.isLess(than: second) else {
            throw invalid(
                "\(left.typeName) and \(right.typeName) have no order",
                left.isUndefined ? left : right)
        }
        return isLess || (operation.hasSuffix("=") && first.isEqual(second))
    }

    func contains(_ container: Value, _ value: Value) throws(TemplateFailure) -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let part) = value else {
                throw invalid("only a string can be in a string", value)
            }
            try work(text.utf8.count / 4)
            return text.holds(part)
        case .dictionary(let mapping):
            if value.isUndefined { return false }
            return mapping[try hashed(value)] != nil
        case .none, .bool, .integer, .number, .function, .namespace:
            throw invalid("\"in\" takes a string, a list or a dictionary", container)
        default:
            let elements = try elements(of: container)
            try work(min(container.weight, value.weight.multiplied(by: elements.count)))
            try work(elements.count)
            return elements.contains { $0.isEqual(value) }
        }
    }
}

extension Value {
    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    var tupleElements: [Value]? {
        if case .sequence(let sequence) = self, case .tuple = sequence.kind {
            return sequence.elements
        }
        return nil
    }
}
