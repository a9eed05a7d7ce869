/// The steps the grammar is written in.
extension NumberScanner {
    func isNext(_ scalar: Unicode.Scalar) -> Bool {
        index < scalars.count && scalars[index] == scalar
    }

    func isDigit(_ offset: Int) -> Bool {
        index + offset < scalars.count && scalars[index + offset].isDigit
    }

    func isLetter(_ offset: Int) -> Bool {
        index + offset < scalars.count && scalars[index + offset].properties.isAlphabetic
    }

    @discardableResult
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard isNext(scalar) else { return false }
        index += 1
        return true
    }

    /// Takes a whole word.
    mutating func takeWord(_ word: String) -> Bool {
        let count = word.unicodeScalars.count
        guard rest.prefix(count).elementsEqual(word.unicodeScalars), !isLetter(count) else {
            return false
        }
        index += count
        return true
    }

    mutating func takeDigits() -> [UInt8] {
        let start = index
        while isDigit(0) { index += 1 }
        return scalars[start..<index].map { UInt8(truncatingIfNeeded: $0.value - 48) }
    }

    mutating func takeSign() -> Unicode.Scalar? {
        if take("-") || take("\u{2212}") { return "-" }
        return take("+") ? "+" : nil
    }

    mutating func takeCurrency() -> Bool {
        guard index < scalars.count, scalars[index].isCurrency else { return false }
        index += 1
        return true
    }
}

extension Unicode.Scalar {
    /// One of the ASCII digits.
    var isDigit: Bool { value &- 48 < 10 }
    /// A plus, a hyphen or the minus sign.
    var isSign: Bool { self == "-" || self == "+" || self == "\u{2212}" }
    /// A sign such as "$".
    var isCurrency: Bool {
        isASCII ? self == "$" : properties.generalCategory == .currencySymbol
    }
}
