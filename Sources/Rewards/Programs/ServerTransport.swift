import Foundation
import Synchronization

/// One of the threads that post to a reward server.
///
/// The body is what a program would read: a JSON object a line; so is the answer.
struct ServerTransport: RewardTransport {
    let shared: SourceState
    let settings: ServerSettings
    let address: HTTPAddress

    mutating func serve(_ requests: [RewardRequest]) {
        var open = Dictionary(uniqueKeysWithValues: requests.map { ($0.id, $0) })
        do {
            let body = try post(requests.flatMap(\.line))
            try resolve(&open, by: body)
        } catch {
            for request in open.values { request.resolve(.failure(error)) }
        }
    }

    mutating func close() {}

    /// The answer's body; tried again where another try may help.
    private func post(_ body: [UInt8]) throws -> [UInt8] {
        var wait = settings.firstBackOff
        var attempt = 1
        while true {
            if let end = shared.queue.end { throw end }
            let limit = (settings.maximumLine + 1) * settings.batchSize
            do throws(HTTPFailure) {
                return try address.post(
                    body, limit: limit, deadline: .now + .seconds(settings.timeout)
                ) { shared.queue.end != nil }
            } catch {
                guard error.isWorthARetry, attempt <= settings.retries else {
                    let tries = attempt > 1 ? " (tried \(attempt) times)" : ""
                    throw failure(error.reason + tries)
                }
            }
            attempt += 1
            shared.counts.withLock { $0.restarts += 1 }
            pause(wait)
            wait = min(wait * 2, .seconds(10))
        }
    }

    private func pause(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end, shared.queue.end == nil {
            Thread.sleep(forTimeInterval: min(0.05, max(0, (end - .now).seconds)))
        }
    }

    /// Matches lines with requests; a line that is none fails all that are not answered before it.
    private func resolve(_ open: inout [Int: RewardRequest], by body: [UInt8]) throws {
        let asked = Set(open.keys)
        for bytes in body.split(separator: UInt8(ascii: "\n")) {
            let line: AnswerLine
            do { line = try AnswerLine(Array(bytes)) } catch { throw shared.bad(error) }
            if let request = open.removeValue(forKey: line.id) {
                request.resolve(shared.result(of: line))
            } else if asked.contains(line.id) {
                shared.counts.withLock { $0.stale += 1 }
            } else {
                throw shared.bad(
                    AnswerProblem(
                        expected: "the id of a request", found: "\(line.id), which was not asked"))
            }
        }
        guard open.isEmpty else {
            throw shared.bad(
                AnswerProblem(
                    expected: "an answer for each of \(asked.count) completions",
                    found: "\(asked.count - open.count)"))
        }
    }

    private func failure(_ reason: String) -> RewardProgramError {
        .server(reward: shared.name, url: settings.url, reason: reason)
    }
}
