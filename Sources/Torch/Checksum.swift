import CTorch
package import Foundation

/// SHA-256 (FIPS 180-4), the checksum of files: `sha256sum` shows the same.
package struct Checksum {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]
    /// Bytes that do not fill a block yet.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    /// The checksum of nothing so far.
    package init() {}

    /// Takes more bytes in.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count += UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let head = bytes.prefix(64 - rest.count)
            rest += head
            bytes = bytes.dropFirst(head.count)
            guard rest.count == 64 else { return }
            let block = rest
            rest = []
            block.withUnsafeBytes { take($0, blocks: 1) }
        }
        take(UnsafeRawBufferPointer(rebasing: bytes), blocks: bytes.count / 64)
        rest = Array(bytes.suffix(bytes.count % 64))
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer, blocks: Int) {
        guard blocks > 0, let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        state.withUnsafeMutableBufferPointer { state in
            if let words = state.baseAddress { ct_sha256(words, start, Int64(blocks)) }
        }
    }

    /// The 64 hexadecimal digits.
    package func text() -> String {
        var last = self
        let bits = count * 8
        let zeros = (119 - rest.count) % 64
        let padding =
            [0x80] + [UInt8](repeating: 0, count: zeros)
            + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        padding.withUnsafeBytes { last.update($0) }
        return last.state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// The checksum of bytes.
    package static func text(of data: Data) -> String {
        var checksum = Checksum()
        data.withUnsafeBytes { checksum.update($0) }
        return checksum.text()
    }

    /// The checksum and the size of a regular file, read a megabyte at a time.
    ///
    /// - Throws: `SafetensorsProblem.unreadable` with the reason.
    package static func text(
        ofFile path: String
    ) throws(SafetensorsProblem) -> (checksum: String, size: Int) {
        let file = try OpenFile(path)
        var checksum = Checksum()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        for start in stride(from: 0, to: file.size, by: buffer.count) {
            let piece = UnsafeMutableRawBufferPointer(
                rebasing: buffer.prefix(min(buffer.count, file.size - start)))
            try file.read(into: piece, at: start)
            checksum.update(UnsafeRawBufferPointer(piece))
        }
        return (checksum.text(), file.size)
    }
}
