/// The classes of characters that the patterns of pre-tokenizers tell apart.
enum ScalarClass {
    /// `\p{L}`
    case letter
    /// `\p{N}`
    case number
    /// `\s`
    case whiteSpace
    /// `[^\s\p{L}\p{N}]`
    case other

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A: self = .letter
        case 0x30...0x39: self = .number
        case 0x09...0x0D, 0x20: self = .whiteSpace
        case 0...0x7F: self = .other
        default: self = Self.beyondASCII(scalar)
        }
    }

    private static func beyondASCII(_ scalar: Unicode.Scalar) -> ScalarClass {
        guard scalar.isInUnicode16 else { return .other }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return .letter
        case .decimalNumber, .letterNumber, .otherNumber:
            return .number
        default:
            return scalar.properties.isWhitespace ? .whiteSpace : .other
        }
    }
}

extension Unicode.Scalar {
    /// Whether the character was assigned by Unicode 16, the version of the tokenizers package.
    ///
    /// Swift knows newer letters; a model saw them as unassigned when its tokenizer was made.
    fileprivate var isInUnicode16: Bool { (properties.age?.major ?? .max) <= 16 }

    /// `\w`: what an added token that is a single word must not touch.
    var isWordCharacter: Bool {
        guard isInUnicode16 else { return false }
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
            return true
        default: return false
        }
    }
}
