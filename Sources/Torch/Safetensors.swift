public import Foundation

/// The tensors of one safetensors file, read one at a time.
///
/// The header is checked whole when the file is opened: sizes, offsets, types, no hole, no overlap.
/// Tensors are copied, never mapped, so that a file that changes later cannot harm the program.
public struct SafetensorsFile: Sendable {
    /// One tensor as the header describes it.
    public struct Entry: Sendable, Equatable {
        /// The type as the file names it, such as `BF16`.
        public let dtype: String
        /// The size of each axis.
        public let shape: [Int]
        /// Where the bytes lie, from the end of the header.
        public let bytes: Range<Int>
    }

    /// The file.
    public let url: URL
    /// The tensors by name.
    public let entries: [String: Entry]
    private let file: OpenFile
    private let dataStart: Int

    /// Reads and checks the header of a file.
    public init(_ url: URL) throws(SafetensorsError) {
        self.url = url
        do throws(SafetensorsProblem) {
            file = try OpenFile(url.path)
            let header = try Self.header(of: file)
            dataStart = 8 + header.count
            entries = try SafetensorsHeader.entries(header, dataSize: file.size - dataStart)
        } catch {
            throw SafetensorsError(file: url.path, problem: error)
        }
    }

    private static func header(of file: OpenFile) throws(SafetensorsProblem) -> [UInt8] {
        guard file.size >= 8 else { throw .truncated(expected: 8, found: file.size) }
        let length = try read(8, of: file, at: 0).reversed()
            .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= 100_000_000 else { throw .headerTooLong(length) }
        guard Int(length) <= file.size - 8 else {
            throw .truncated(expected: 8 + Int(length), found: file.size)
        }
        return try read(Int(length), of: file, at: 8)
    }

    private static func read(
        _ count: Int, of file: OpenFile, at offset: Int
    ) throws(SafetensorsProblem) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var problem: SafetensorsProblem?
        bytes.withUnsafeMutableBytes { target in
            do throws(SafetensorsProblem) {
                try file.read(into: target, at: offset)
            } catch { problem = error }
        }
        if let problem { throw problem }
        return bytes
    }

    /// Reads one tensor.
    ///
    /// The bytes go straight into the tensor; where another type or device is asked for, through a
    /// piece of a few megabytes. Nothing else is allocated.
    ///
    /// - Parameters:
    ///   - name: of the tensor.
    ///   - dtype: what it becomes; `nil` for the type of the file.
    ///   - device: where it goes.
    /// - Returns: the tensor, in the shape of the file.
    /// - Throws: `SafetensorsError` when the name is not there, the type is not one that tensors
    ///   have here, or the file cannot be read.
    public func tensor(
        _ name: String, as dtype: DType? = nil, device: Device = .cpu
    ) throws(SafetensorsError) -> Tensor {
        do throws(SafetensorsProblem) {
            guard let entry = entries[name] else { throw .missing(name) }
            guard let stored = DType(safetensorsName: entry.dtype) else {
                throw .unsupported(name, entry.dtype)
            }
            return try withoutGradients { () throws(SafetensorsProblem) in
                let target = try Self.allocate(entry.shape, dtype ?? stored, device)
                try fill(target.reshaped([-1]), from: entry, stored: stored)
                return target
            }
        } catch {
            throw SafetensorsError(file: url.path, problem: error)
        }
    }

    /// The elements of a piece: small enough for the processor's cache.
    private static let pieceCount = 1 << 18

    private func fill(
        _ target: Tensor, from entry: Entry, stored: DType
    ) throws(SafetensorsProblem) {
        let (count, start) = (
            entry.bytes.count / stored.byteCount, dataStart + entry.bytes.lowerBound
        )
        // Reading and converting are bound by one core, so that each has a share of the pieces.
        let pieces = (count + Self.pieceCount - 1) / Self.pieceCount
        let width = max(1, min(Library.threadCount, pieces))
        let problems = Library.sideBySide(width) { worker -> SafetensorsProblem? in
            let first = worker * pieces / width * Self.pieceCount
            let end = min((worker + 1) * pieces / width * Self.pieceCount, count)
            do throws(SafetensorsProblem) {
                try fill(target.narrowed(0, from: first, count: end - first), stored: stored) {
                    start + (first + $0) * stored.byteCount
                }
            } catch { return error }
            return nil
        }
        if let problem = problems.compactMap(\.self).first { throw problem }
    }

    /// Fills a share of a tensor, through a piece where the type or the device changes.
    private func fill(
        _ target: Tensor, stored: DType, offset: (_ element: Int) -> Int
    ) throws(SafetensorsProblem) {
        guard target.dtype != stored || target.device != .cpu else {
            return try read(into: target, at: offset(0))
        }
        let count = target.count
        let piece = try Self.allocate([min(count, Self.pieceCount)], stored, .cpu)
        for first in stride(from: 0, to: count, by: Self.pieceCount) {
            let length = min(Self.pieceCount, count - first)
            let part = piece.narrowed(0, from: 0, count: length)
            try read(into: part, at: offset(first))
            target.narrowed(0, from: first, count: length).copyInPlace(part)
        }
    }

    private func read(into tensor: Tensor, at offset: Int) throws(SafetensorsProblem) {
        try tensor.withUnsafeMutableBytes { (bytes) throws(SafetensorsProblem) in
            try file.read(into: bytes, at: offset)
            guard tensor.dtype == .bool else { return }
            // Any other byte than 0 and 1 in a truth value is undefined behaviour.
            for place in bytes.indices { bytes[place] = bytes[place] == 0 ? 0 : 1 }
        }
    }

    /// A file may claim more than there is memory for.
    private static func allocate(
        _ shape: [Int], _ dtype: DType, _ device: Device
    ) throws(SafetensorsProblem) -> Tensor {
        guard let tensor = Tensor(uninitialized: shape, dtype: dtype, device: device) else {
            throw .unreadable("there is no memory for a tensor of shape \(shape).")
        }
        return tensor
    }
}
