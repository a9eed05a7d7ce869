/// The classes of characters that the patterns of pre-tokenizers tell apart.
enum ScalarClass: UInt8, Sendable {
    /// `[^\s\p{L}\p{M}\p{N}]`
    case other
    /// `\p{L}`
    case letter
    /// `\p{M}`
    case mark
    /// `\p{N}`
    case number
    /// `\s`
    case whiteSpace

    init(_ scalar: Unicode.Scalar) {
        self = ScalarTable.shared.kind(of: scalar.value)
    }
}

/// The class of every character: a byte each, filled from ``ScalarRuns`` at the first use.
///
/// Tables of the standard library would be those of the system's Unicode, and a model saw the
/// letters of a later one as unassigned when its tokenizer was made.
struct ScalarTable: Sendable {
    static let shared = ScalarTable()

    /// The class in the low three bits; then whether `\w` holds, and whether it is numeric.
    private let bits: [UInt8]

    private init() {
        var bits = [UInt8](repeating: 0, count: 0x110000)
        var numbers: [Int] = []
        var number = 0
        var shift = 0
        ScalarRuns.text.withUTF8Buffer { text in
            for byte in text {
                let digit = Self.value(ofDigit: byte)
                number |= (digit & 31) << shift
                shift += 5
                guard digit < 32 else { continue }
                numbers.append(number)
                (number, shift) = (0, 0)
            }
        }
        var next = 0
        for run in stride(from: 0, to: numbers.count - 2, by: 3) {
            let start = next + numbers[run]
            next = start + numbers[run + 1] + 1
            for value in start..<min(next, bits.count) {
                bits[value] = UInt8(truncatingIfNeeded: numbers[run + 2])
            }
        }
        self.bits = bits
    }

    private static func value(ofDigit byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) + 4
        case UInt8(ascii: "+"): 62
        default: 63
        }
    }

    @inline(__always)
    func kind(of value: UInt32) -> ScalarClass {
        switch bits[Int(value)] & 7 {
        case 1: .letter
        case 2: .mark
        case 3: .number
        case 4: .whiteSpace
        default: .other
        }
    }

    /// `\w`: what an added token that is a single word must not touch.
    func isWordCharacter(_ value: UInt32) -> Bool { bits[Int(value)] & 8 != 0 }

    /// What Rust's `is_numeric` says, whose Unicode is newer than that of the patterns.
    func isNumeric(_ value: UInt32) -> Bool { bits[Int(value)] & 16 != 0 }
}

extension Unicode.Scalar {
    /// `\w`: what an added token that is a single word must not touch.
    var isWordCharacter: Bool { ScalarTable.shared.isWordCharacter(value) }
}
