import Foundation

/// Seeded changes of a file's bytes, for tests that no input makes the program trap.
public struct Mutation {
    private var state: UInt64
    /// What is put in place of a value or among the bytes.
    private static let pieces = [
        "null", "true", "0", "-1", "1e308", "1.5", "9223372036854775807", "18446744073709551616",
        "{}", "[]", "[[[[[[[[", "\"\"", "\"../x\"", "\"F64\"", "\"\\ud800\"", ",", ":", "\"", "\\",
        "}", "]", "\u{FEFF}", "[0]", "[0,8]", "1073741824",
    ].map { Array($0.utf8) }

    /// The rounds that a test makes: `FUZZ_ITERATIONS` of the environment, else `usual`.
    public static func rounds(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["FUZZ_ITERATIONS"].flatMap { Int($0) } ?? usual
    }

    /// Changes that depend on the seed alone.
    public init(seed: UInt64) { state = seed }

    /// A number below `bound` (SplitMix64).
    public mutating func number(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(max(bound, 1)))
    }

    /// The bytes with one to four changes.
    public mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...number(below: 4) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes = [UInt8(number(below: 256))] }
        let start = number(below: bytes.count)
        let end = min(bytes.count, start + number(below: 24))
        let piece = Self.pieces[number(below: Self.pieces.count)]
        switch number(below: 7) {
        case 0: bytes[start] = UInt8(number(below: 256))
        case 1: bytes.removeSubrange(start..<end)
        case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
        case 3: bytes.insert(contentsOf: piece, at: start)
        case 4: bytes.removeLast(bytes.count - start)
        default: replaceValue(&bytes, near: start, with: piece)
        }
    }

    /// Puts a piece in place of the number or text that begins next.
    private func replaceValue(_ bytes: inout [UInt8], near start: Int, with piece: [UInt8]) {
        let ends = Array(",]}:".utf8)
        guard let first = bytes[start...].firstIndex(where: { Array(":,[".utf8).contains($0) }),
            let last = bytes[(first + 1)...].firstIndex(where: ends.contains)
        else { return }
        bytes.replaceSubrange(first + 1..<last, with: piece)
    }
}
