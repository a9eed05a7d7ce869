import Foundation

/// The two streams that the program writes to.
enum StandardStream: Int, Hashable, Sendable {
    case output = 1
    case error = 2
}

/// Where bytes go; tests put a recorder in its place.
struct ByteSink: Sendable {
    /// Writes all bytes to a stream; returns 0, or the system's error number.
    let write: @Sendable (_ bytes: [UInt8], _ stream: StandardStream) -> Int32

    /// The program's own standard output and standard error.
    static let standard = ByteSink { bytes, stream in
        StandardStreams.write(bytes, to: Int32(stream.rawValue))
    }
}

/// Standard output and standard error, without the buffers of the C library.
///
/// Each line is on its way when the call returns, so that lines of both streams keep their order
/// and none is lost where the process is killed.
enum StandardStreams {
    /// Makes writing to them safe; the first thing the program does.
    ///
    /// A stream that the parent closed would leave its number to the next file that is opened, and
    /// our lines would then land in a model's weights: `/dev/null` takes the number instead. A
    /// reader that went away shall give an error, not a signal that ends the run.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        // A file that grows beyond the limit (ulimit -f) shall give an error likewise.
        signal(SIGXFSZ, SIG_IGN)
        var descriptor: Int32
        repeat { descriptor = open("/dev/null", O_RDWR) } while (0...2).contains(descriptor)
        if descriptor > 2 { close(descriptor) }
    }

    /// Writes all bytes to a file descriptor; returns 0, or the system's error number.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = sysWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN || errno == EWOULDBLOCK {
                    // Another program made the shared terminal non-blocking.
                    waitUntilWritable(descriptor)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    /// The columns of the terminal's window, where the system knows them.
    static var windowWidth: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    private static func sysWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        Foundation.write(descriptor, bytes.baseAddress, bytes.count)
    }

    private static func waitUntilWritable(_ descriptor: Int32) {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
    }
}
