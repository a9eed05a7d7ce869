import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Why a post gave no answer.
struct HTTPFailure: Error {
    let reason: String
    /// Whether another try may help: the server may have been starting or busy.
    let isWorthARetry: Bool

    init(_ reason: String, isWorthARetry: Bool = true) {
        (self.reason, self.isWorthARetry) = (reason, isWorthARetry)
    }
}

/// The address of a server that is spoken to in HTTP/1.0: one request a connection, whose answer ends
/// with it. No https; Foundation's client would bring libcurl into every program.
struct HTTPAddress: Sendable, Equatable {
    let host: String
    let port: Int
    /// Path and query.
    let target: String

    /// Reads `http://host:port/path`.
    init(_ url: String, reward: String) throws(RewardProgramError) {
        func refusal(_ reason: String) -> RewardProgramError {
            .server(reward: reward, url: url, reason: reason)
        }
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else {
            throw refusal("expected http://host:port/path")
        }
        guard parts.scheme == "http" else {
            throw refusal(
                "expected http://, found \(parts.scheme ?? "nothing")://; for https, let a proxy "
                    + "such as stunnel or nginx on this machine speak it")
        }
        guard parts.user == nil, parts.password == nil else {
            throw refusal("expected no user in the address, which would be logged with it")
        }
        // Brackets around an IPv6 address belong to the URL.
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        port = parts.port ?? 80
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        target = path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
        guard 1...65_535 ~= port else { throw refusal("expected a port of 1 to 65535") }
    }

    /// Posts a body.
    ///
    /// - Parameters:
    ///   - body: JSON, an object a line.
    ///   - limit: bytes of the longest answer.
    ///   - deadline: by which all of it must have come.
    ///   - isCancelled: asked on the way.
    /// - Returns: the answer's body.
    /// - Throws: `HTTPFailure` for all but a whole answer of status 200.
    func post(
        _ body: [UInt8], limit: Int, deadline: ContinuousClock.Instant, isCancelled: () -> Bool
    ) throws(HTTPFailure) -> [UInt8] {
        let socket = try connect(by: deadline, isCancelled: isCancelled)
        let head =
            "POST \(target) HTTP/1.0\r\nHost: \(host):\(port)\r\nUser-Agent: swift-grpo\r\n"
            + "Content-Type: application/x-ndjson\r\nAccept: application/x-ndjson\r\n"
            + "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        var unsent = (Array(head.utf8) + body)[...]
        var received: [UInt8] = []
        while true {
            guard ContinuousClock.now < deadline, !isCancelled() else {
                throw HTTPFailure("expected an answer in time, found none")
            }
            let events = Int32(POLLIN) | (unsent.isEmpty ? 0 : Int32(POLLOUT))
            let slice = min(deadline, .now + .milliseconds(100))
            guard Descriptor.wait(for: [(socket, events)], until: slice) == [true] else { continue }
            if !unsent.isEmpty {
                switch socket.write(unsent) {
                case .moved(let count): unsent.removeFirst(count)
                // A server may answer and close before it has read all.
                case .ended: unsent = []
                case .wouldBlock: break
                }
            }
            if case .ended = socket.read(into: &received) {
                let answer = try HTTPAnswer(received)
                guard (answer.missing ?? 0) == 0 else {
                    throw HTTPFailure("the connection ended in the middle of the answer")
                }
                return answer.body
            }
            if received.count > limit + HTTPAnswer.longestHead {
                throw HTTPFailure(
                    "expected at most \(limit) bytes, found more", isWorthARetry: false)
            }
            if let answer = try? HTTPAnswer(received), answer.missing == 0 { return answer.body }
        }
    }
}
