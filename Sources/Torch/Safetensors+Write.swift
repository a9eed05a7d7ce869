public import Foundation
import SystemErrors

extension SafetensorsFile {
    /// Writes tensors in one file: complete or absent.
    ///
    /// It is written beside the place, synced, and renamed. A tensor that has another type or lies
    /// on another device goes through a piece of a few megabytes.
    ///
    /// - Parameters:
    ///   - tensors: with their names; the larger types come first, so that all are aligned.
    ///   - url: the file, which is replaced.
    ///   - dtype: what floating-point tensors are saved as; `nil` for their own types.
    /// - Throws: `SafetensorsError`; nothing is left behind then.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], to url: URL, dtype: DType? = nil
    ) throws {
        let partial = url.appendingPathExtension("partial")
        TemporaryFiles.add(partial)
        defer { TemporaryFiles.remove(partial) }
        do {
            try Data().write(to: partial)
            let handle = try FileHandle(forWritingTo: partial)
            defer { try? handle.close() }
            let all = tensors.map { ($0.name, $0.tensor, $0.tensor.dtype.saved(as: dtype)) }
                .sorted { $0.2.byteCount > $1.2.byteCount }
            try Failpoint.around("safetensors.write") {
                try handle.write(
                    contentsOf: SafetensorsHeader.encode(all.map { ($0.0, $0.2, $0.1.shape) }))
                try Failpoint.hit("safetensors.header")
                for (_, tensor, dtype) in all { try tensor.write(to: handle, as: dtype) }
            }
            try Failpoint.around("safetensors.sync") { try handle.synchronize() }
            try Failpoint.around("safetensors.rename") { try rename(partial, to: url) }
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw SafetensorsError(
                file: url.path, problem: .unwritable(error.explanation))
        }
    }

    /// Renames a file or folder over another, and has the folder remember it.
    package static func rename(_ source: URL, to target: URL) throws {
        guard Foundation.rename(source.path, target.path) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        try synchronize(target.deletingLastPathComponent())
    }

    /// Has the disk hold what a file or folder holds; the last moment at which it says that it cannot.
    ///
    /// Some file systems cannot sync a folder; the rename is atomic there too.
    package static func synchronize(_ url: URL) throws {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }
}

extension DType {
    /// The type in which a tensor of this one is saved where `dtype` is asked for.
    package func saved(as dtype: DType?) -> DType {
        self == .int64 || self == .bool ? self : dtype ?? self
    }
}

extension Tensor {
    fileprivate func write(to handle: FileHandle, as dtype: DType) throws {
        try withoutGradients {
            let flat = contiguous().reshaped([-1])
            let count = flat.count
            let isHere = device == .cpu && dtype == self.dtype
            let step = isHere ? max(count, 1) : 1 << 19
            for start in stride(from: 0, to: count, by: step) {
                let piece = flat.narrowed(0, from: start, count: min(step, count - start))
                    .to(dtype, device: .cpu)
                try piece.withUnsafeMutableBytes { bytes in
                    guard let start = bytes.baseAddress else { return }
                    try handle.write(
                        contentsOf: Data(
                            bytesNoCopy: start, count: bytes.count, deallocator: .none))
                }
            }
        }
    }
}
