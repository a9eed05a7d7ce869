import Foundation

/// The normalization forms of Unicode, as the tokenizers package knows them.
///
/// Its tables are those of Unicode 11, and no later version changed what was assigned then. A
/// character that is newer is to it one that nothing composes with, and that has no order.
enum UnicodeForm: String, Sendable, CaseIterable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"

    func normalize(_ text: [UInt8]) -> [UInt8] {
        guard !isNormal(text) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var known = String.UnicodeScalarView()
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            guard scalar.value > 0xFF, Self.isNewer(scalar) else {
                known.append(scalar)
                continue
            }
            bytes += normalize(String(known)).utf8
            bytes += String(scalar).utf8
            known = String.UnicodeScalarView()
        }
        return bytes + normalize(String(known)).utf8
    }

    private func normalize(_ text: String) -> String {
        switch self {
        case .nfc: text.precomposedStringWithCanonicalMapping
        case .nfd: text.decomposedStringWithCanonicalMapping
        // Not precomposedStringWithCompatibilityMapping: it leaves "ｶﾞ" in two.
        case .nfkc:
            text.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
        case .nfkd: text.decomposedStringWithCompatibilityMapping
        }
    }

    /// Whether the characters were assigned after the tables of the tokenizers package.
    private static func isNewer(_ scalar: Unicode.Scalar) -> Bool {
        guard let age = scalar.properties.age else { return false }
        return age.major > 11
    }

    /// Whether a text is surely in this form already; most texts are, and to see it is cheap.
    private func isNormal(_ text: [UInt8]) -> Bool {
        var place = 0
        while place < text.count {
            if text[place] < 0x80 {
                place += 1
                continue
            }
            let (value, next) = text.scalar(at: place, limit: text.count)
            guard self == .nfc, Self.isInert(value) else { return false }
            place = next
        }
        return true
    }

    /// Whether a character stays as it is under NFC beside any other: a choice of the common ones.
    private static func isInert(_ value: UInt32) -> Bool {
        switch value {
        case 0...0x2FF, 0x370...0x373, 0x391...0x3CE, 0x400...0x482, 0x48A...0x52F, 0x2010...0x2027,
            0x3001...0x3029, 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FEF, 0xAC00...0xD7A3,
            0xFF01...0xFF9D, 0x1F300...0x1F64F:
            true
        default: false
        }
    }
}
