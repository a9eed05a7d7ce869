import Foundation
import Synchronization
import Testing

@testable import Rewards

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Reward servers: what is sent, and what becomes of answers that are none.
@Suite struct ServerTests {
    private func reward(
        _ server: Server, _ change: (inout ServerSettings) -> Void = { _ in }
    ) throws -> Reward {
        var settings = ServerSettings(url: "http://127.0.0.1:\(server.port)/score?model=a")
        settings.firstBackOff = .milliseconds(10)
        settings.connections = 1
        change(&settings)
        return try #require(try Reward.server(name: "remote", settings).first)
    }

    /// A good answer to each line of a request's body.
    private static func answers(_ request: String, reward: String = "1") -> String {
        let body = request.split(separator: "\r\n\r\n").last ?? ""
        return body.split(separator: "\n").map { line in
            let id = line.drop { $0 != ":" }.dropFirst().prefix { $0 != "," }
            return "{\"id\":\(id),\"reward\":\(reward)}\n"
        }.joined()
    }

    private static func ok(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func completionsAreScoredTogether() async throws {
        let server = try Server { _, request in Self.ok(Self.answers(request)) }
        let reward = try reward(server)
        #expect(await reward.scores(10).allSatisfy { $0 == 1 })
        #expect(server.requests.count < 10, "sent in batches")
        let first = try #require(server.requests.first)
        let head = "POST /score?model=a HTTP/1.0\r\nHost: 127.0.0.1:\(server.port)\r\n"
        #expect(first.hasPrefix(head))
        #expect(first.contains("Content-Type: application/x-ndjson\r\n"))
        reward.source?.close()
    }

    @Test func anAnswerWithoutLengthEndsWithTheConnection() async throws {
        let server = try Server { _, request in "HTTP/1.0 200 OK\n\n" + Self.answers(request) }
        #expect(try await reward(server).score() == 1)
    }

    @Test func aServerThatIsBusyIsAskedAgain() async throws {
        let server = try Server { count, request in
            count < 2 ? "HTTP/1.1 503 Busy\r\n\r\nloading" : Self.ok(Self.answers(request))
        }
        let reward = try reward(server)
        #expect(try await reward.score() == 1)
        #expect(reward.source?.counts.restarts == 2)
        let never = try Server { _, _ in "HTTP/1.1 503 Busy\r\n\r\nloading" }
        #expect(
            try await self.reward(never).failure()?.description
                == "reward remote: http://127.0.0.1:\(never.port)/score?model=a: expected status "
                + "200, found 503: \"loading\" (tried 3 times)")
    }

    @Test(arguments: [
        (
            "HTTP/1.1 404 Not Found\r\n\r\nno such path",
            #"expected status 200, found 404: "no such path""#
        ),
        ("SSH-2.0-OpenSSH\r\n\r\n", #"expected an HTTP answer, found "SSH-2.0-OpenSSH""#),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "expected a body as it is, as HTTP/1.0 has it, found transfer-encoding chunked"
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
            "the connection ended in the middle of the answer (tried 2 times)"
        ),
        ("", "expected an HTTP answer, found 0 bytes without its end (tried 2 times)"),
    ])
    func whatIsNoAnswerIsAFailure(answer: String, reason: String) async throws {
        let server = try Server { _, _ in answer }
        let failure = try await reward(server) { $0.retries = 1 }.failure()
        #expect(
            failure
                == .server(
                    reward: "remote", url: "http://127.0.0.1:\(server.port)/score?model=a",
                    reason: reason))
    }

    @Test(arguments: ["", "{\"id\":5,\"reward\":1}\n", "nonsense\n", "{\"id\":1,\"reward\":NaN}\n"])
    func whatScoresNothingIsAFailure(body: String) async throws {
        let server = try Server { _, _ in Self.ok(body) }
        guard case .badAnswer = try await reward(server).failure() else {
            Issue.record("expected a bad answer to \(body)")
            return
        }
    }

    @Test func aServerThatHangsOrIsNotThereFails() async throws {
        let hanging = try Server { _, _ in nil }
        guard
            case .server(_, _, let reason) = try await reward(
                hanging,
                {
                    $0.timeout = 0.3
                    $0.retries = 0
                }
            ).failure()
        else {
            Issue.record("expected a failure")
            return
        }
        #expect(reason == "expected an answer in time, found none")
        var settings = ServerSettings(url: "http://127.0.0.1:1/")
        settings.retries = 0
        let absent = try #require(try Reward.server(name: "remote", settings).first)
        #expect(
            await absent.failure()?.description
                == "reward remote: http://127.0.0.1:1/: cannot be reached: Connection refused")
    }

    /// Who waits for rewards is told to leave by a signal, long before the time limit.
    @Test func aServerThatDoesNotTakeTheConnectionIsLeftOnRequest() throws {
        let crowded = try CrowdedListener()
        let address = try HTTPAddress("http://127.0.0.1:\(crowded.port)/", reward: "remote")
        let start = ContinuousClock.now
        let failure = #expect(throws: HTTPFailure.self) {
            try address.post([], limit: 1, deadline: start + .seconds(20)) {
                ContinuousClock.now - start > .milliseconds(150)
            }
        }
        #expect(failure?.reason == "cannot be reached: no connection in time")
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func aNameThatIsLookedUpForLongIsLeftOnRequest() {
        let start = ContinuousClock.now
        let failure = #expect(throws: HTTPFailure.self) {
            try SocketAddress.all(
                of: "host", port: 80, by: start + .seconds(20),
                isCancelled: { ContinuousClock.now - start > .milliseconds(150) }
            ) { _, _ in
                Thread.sleep(forTimeInterval: 5)
                return .success([])
            }
        }
        #expect(failure?.reason == "host: expected its address in time, found none")
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test(arguments: [
        ("https://host/", "expected http://, found https://; for https"),
        ("localhost:80", "expected http://host:port/path"),
        ("http://me:secret@host/", "expected no user in the address"),
        ("http://host:99999/", "expected a port of 1 to 65535"),
    ])
    func addressesThatCannotBeUsedAreRefused(url: String, reason: String) {
        do {
            _ = try HTTPAddress(url, reward: "remote")
            Issue.record("\(url) was taken")
        } catch {
            #expect("\(error)".contains(reason), "\(error)")
        }
    }
}

/// A server of one connection at a time, that answers as a test wants.
private final class Server: Sendable {
    let port: UInt16
    private let seen: Requests

    var requests: [String] { seen.all }

    /// - Parameter answer: from the number of requests before this one, and its text; `nil` to say
    ///   nothing and hold the connection.
    /// - Throws: where no socket can be had.
    init(_ answer: @escaping @Sendable (Int, String) -> String?) throws {
        let (listener, port) = try listening(backlog: 16)
        self.port = port
        let seen = Requests()
        self.seen = seen
        let own = dup(listener.number)
        let thread = Thread {
            blockBrokenPipeSignal()
            guard let listener = try? Descriptor(own) else { return }
            var held: [Descriptor] = []
            while let connection = try? Descriptor(accept(listener.number, nil, nil)) {
                let text = Self.request(from: connection)
                let count = seen.add(text)
                guard let reply = answer(count, text) else {
                    held.append(connection)
                    continue
                }
                _ = connection.write(Array(reply.utf8)[...])
            }
        }
        thread.start()
    }

    /// Reads to the end that the head announces.
    private static func request(from connection: Descriptor) -> String {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n"),
                let field = text.range(of: "Content-Length: "),
                let length = Int(text[field.upperBound...].prefix { $0.isNumber }),
                text[end.upperBound...].utf8.count >= length
            {
                return text
            }
            guard case .moved = connection.read(into: &bytes) else { return text }
        }
    }
}

/// What a server was sent.
private final class Requests: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) -> Int {
        texts.withLock { texts in
            texts.append(text)
            return texts.count - 1
        }
    }
}

/// A socket of this machine that listens on a free port.
private func listening(backlog: Int32) throws -> (socket: Descriptor, port: UInt16) {
    #if canImport(Glibc)
    let stream = Int32(SOCK_STREAM.rawValue)
    #else
    let stream = SOCK_STREAM
    #endif
    let listener = try Descriptor(socket(AF_INET, stream, 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let number = listener.number
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
            _ = bind(number, raw, size)
            _ = listen(number, backlog)
            _ = getsockname(number, raw, &size)
        }
    }
    return (listener, UInt16(bigEndian: address.sin_port))
}

/// A listener that has as many connections waiting as it may: the next one gets no answer.
private struct CrowdedListener {
    let port: UInt16
    private let listener: Descriptor
    private var waiting: [Descriptor] = []

    init() throws {
        (listener, port) = try listening(backlog: 0)
        let address = try HTTPAddress("http://127.0.0.1:\(port)/", reward: "remote")
        for _ in 0..<8 {
            guard
                let taken = try? address.connect(
                    by: .now + .milliseconds(100), isCancelled: { false })
            else { return }
            waiting.append(taken)
        }
    }
}
