import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

// From a name to a connection, in slices: who waits may be asked to leave at any time.
extension HTTPAddress {
    /// Connects to the first of the host's addresses that answers.
    func connect(
        by deadline: ContinuousClock.Instant, isCancelled: () -> Bool
    ) throws(HTTPFailure) -> Descriptor {
        let found = try SocketAddress.all(
            of: host, port: port, by: deadline, isCancelled: isCancelled)
        var reason = "no address"
        for address in found {
            let number = socket(address.family, address.type, address.transport)
            guard number >= 0, let candidate = try? Descriptor(number) else { continue }
            candidate.setNonBlocking()
            guard let problem = candidate.connect(address, by: deadline, isCancelled: isCancelled)
            else { return candidate }
            reason = problem
        }
        throw HTTPFailure("cannot be reached: \(reason)")
    }
}

/// Where a socket connects to.
struct SocketAddress: Sendable {
    let family, type, transport: Int32
    /// The system's own form of it.
    fileprivate let bytes: [UInt8]

    /// What a name stands for: addresses, or what the system says.
    typealias LookUp =
        @Sendable (_ host: String, _ port: Int) -> Result<[SocketAddress], HTTPFailure>

    /// The addresses of a host.
    ///
    /// The system's own search cannot be left. It is made on a thread of its own, which ends when
    /// the system does.
    ///
    /// - Parameters:
    ///   - host: name or number.
    ///   - port: on it.
    ///   - deadline: by which they must be known.
    ///   - isCancelled: asked every 100 ms.
    ///   - lookUp: asks the system.
    /// - Returns: in the order of the system.
    /// - Throws: `HTTPFailure` where there is none, or not in time.
    static func all(
        of host: String, port: Int, by deadline: ContinuousClock.Instant,
        isCancelled: () -> Bool, lookUp: @escaping LookUp = Self.lookUp
    ) throws(HTTPFailure) -> [SocketAddress] {
        let answer = Answer()
        Thread.detachNewThread { answer.set(lookUp(host, port)) }
        while true {
            let left = min(0.1, (deadline - .now).seconds)
            if let result = answer.wait(max(0, left)) { return try result.get() }
            guard ContinuousClock.now < deadline, !isCancelled() else {
                throw HTTPFailure("\(host): expected its address in time, found none")
            }
        }
    }

    /// Handed from one thread to another.
    private final class Answer: Sendable {
        private let result = Mutex<Result<[SocketAddress], HTTPFailure>?>(nil)
        private let isThere = DispatchSemaphore(value: 0)

        func set(_ found: Result<[SocketAddress], HTTPFailure>) {
            result.withLock { $0 = found }
            isThere.signal()
        }

        func wait(_ seconds: Double) -> Result<[SocketAddress], HTTPFailure>? {
            guard isThere.wait(timeout: .now() + seconds) == .success else { return nil }
            return result.withLock { $0 }
        }
    }

    private static func lookUp(
        _ host: String, _ port: Int
    ) -> Result<[SocketAddress], HTTPFailure> {
        var hints = addrinfo()
        #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let problem = getaddrinfo(host, "\(port)", &hints, &found)
        guard problem == 0 else {
            return .failure(HTTPFailure("\(host): \(String(cString: gai_strerror(problem)))"))
        }
        defer { freeaddrinfo(found) }
        var addresses: [SocketAddress] = []
        var next = found
        while let entry = next?.pointee {
            next = entry.ai_next
            let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            addresses.append(
                SocketAddress(
                    family: entry.ai_family, type: entry.ai_socktype,
                    transport: entry.ai_protocol, bytes: Array(bytes)))
        }
        return .success(addresses)
    }
}

extension Descriptor {
    /// Connects a socket; says why it could not.
    fileprivate func connect(
        _ address: SocketAddress, by deadline: ContinuousClock.Instant, isCancelled: () -> Bool
    ) -> String? {
        if systemConnect(number, address.bytes) == 0 { return nil }
        guard errno == EINPROGRESS else { return String(cString: strerror(errno)) }
        while true {
            guard ContinuousClock.now < deadline, !isCancelled() else {
                return "no connection in time"
            }
            let slice = min(deadline, .now + .milliseconds(100))
            if Self.wait(for: [(self, Int32(POLLOUT))], until: slice) == [true] { break }
        }
        var problem: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(number, SOL_SOCKET, SO_ERROR, &problem, &size)
        return problem == 0 ? nil : String(cString: strerror(problem))
    }
}

// The system's function has the name of the methods above.
private func systemConnect(_ number: Int32, _ address: [UInt8]) -> Int32 {
    address.withUnsafeBytes { bytes in
        connect(
            number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
            socklen_t(bytes.count))
    }
}
