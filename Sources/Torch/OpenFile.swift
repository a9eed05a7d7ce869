import Foundation

/// A regular file that is open for reading: what its header says stays true of it, also when
/// another file takes its name.
///
/// Read with pread, never mapped: a mapped file that is cut short later is the end of the program.
final class OpenFile: Sendable {
    private let descriptor: Int32
    let size: Int

    init(_ path: String) throws(SafetensorsProblem) {
        // Without O_NONBLOCK, opening a pipe would wait for who writes to it.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(Self.reason) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadable("it is not a regular file.")
        }
        size = Int(facts.st_size)
    }

    deinit { close(descriptor) }

    /// Fills `target` with the bytes from `offset` on.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(SafetensorsProblem)
    {
        var done = 0
        while done < target.count {
            // One call reads at most 2 GiB on Linux and refuses more on macOS.
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...].prefix(1 << 30))
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(Self.reason) }
            guard count > 0 else { throw .truncated(expected: target.count, found: done) }
            done += count
        }
    }

    private static var reason: String { String(cString: strerror(errno)) + "." }
}
