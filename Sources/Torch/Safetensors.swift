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
    private let dataStart: Int

    /// Reads and checks the header of a file.
    public init(_ url: URL) throws(SafetensorsError) {
        self.url = url
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            let size = Int(try handle.seekToEnd())
            let header = try Self.readHeader(handle, fileSize: size)
            dataStart = 8 + header.count
            entries = try SafetensorsHeader.entries(header, dataSize: size - dataStart)
        } catch let problem as SafetensorsProblem {
            throw SafetensorsError(file: url.path, problem: problem)
        } catch {
            throw SafetensorsError(file: url.path, problem: .unreadable("\(error)"))
        }
    }

    private static func readHeader(_ handle: FileHandle, fileSize: Int) throws -> Data {
        guard fileSize >= 8 else {
            throw SafetensorsProblem.truncated(expected: 8, found: fileSize)
        }
        try handle.seek(toOffset: 0)
        let prefix = try handle.read(upToCount: 8) ?? Data()
        let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= 100_000_000 else { throw SafetensorsProblem.headerTooLong(length) }
        guard Int(length) <= fileSize - 8 else {
            throw SafetensorsProblem.truncated(expected: 8 + Int(length), found: fileSize)
        }
        return try handle.read(upToCount: Int(length)) ?? Data()
    }

    /// Reads one tensor, in the type of the file.
    ///
    /// - Throws: `SafetensorsError` when the name is not there, the type is not one that tensors
    ///   have here, or the file cannot be read.
    public func tensor(_ name: String) throws(SafetensorsError) -> Tensor {
        guard let entry = entries[name] else {
            throw SafetensorsError(file: url.path, problem: .missing(name))
        }
        guard let dtype = DType(safetensorsName: entry.dtype) else {
            throw SafetensorsError(file: url.path, problem: .unsupported(name, entry.dtype))
        }
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(dataStart + entry.bytes.lowerBound))
            let data = try handle.read(upToCount: entry.bytes.count) ?? Data()
            guard data.count == entry.bytes.count else {
                throw SafetensorsProblem.truncated(expected: entry.bytes.count, found: data.count)
            }
            return data.withUnsafeBytes { Tensor(bytes: $0, shape: entry.shape, dtype: dtype) }
        } catch let problem as SafetensorsProblem {
            throw SafetensorsError(file: url.path, problem: problem)
        } catch {
            throw SafetensorsError(file: url.path, problem: .unreadable("\(error)"))
        }
    }

    /// Writes tensors in one file, beside the place and then renamed: complete or absent.
    public static func write(_ tensors: [(name: String, tensor: Tensor)], to url: URL) throws {
        let header = SafetensorsHeader.encode(
            tensors.map { ($0.name, $0.tensor.dtype, $0.tensor.shape) })
        let partial = url.appendingPathExtension("partial")
        do {
            try header.write(to: partial)
            let handle = try FileHandle(forWritingTo: partial)
            try handle.seekToEnd()
            for (_, tensor) in tensors { try handle.write(contentsOf: tensor.bytes) }
            try handle.synchronize()
            try handle.close()
            _ = try? FileManager.default.removeItem(at: url)
            try FileManager.default.moveItem(at: partial, to: url)
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw SafetensorsError(file: url.path, problem: .unwritable(error.localizedDescription))
        }
    }
}

extension DType {
    init?(safetensorsName name: String) {
        guard let match = Self.allCases.first(where: { $0.safetensorsName == name }) else {
            return nil
        }
        self = match
    }

    var safetensorsName: String {
        switch self {
        case .float32: "F32"
        case .float64: "F64"
        case .bfloat16: "BF16"
        case .float16: "F16"
        case .int64: "I64"
        case .bool: "BOOL"
        }
    }
}
