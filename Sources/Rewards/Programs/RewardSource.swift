public import Foundation
import Synchronization
import SystemErrors

/// A reward program or server: what several threads ask, each in its own way.
///
/// It starts with the first completion and ends with `close()`, or when the last reward that uses
/// it is let go. Nothing here blocks the caller but `close()`.
public final class RewardSource: Sendable {
    /// The name under which it is logged.
    public let name: String
    private let shared: SourceState
    private let threads: Int
    private let running = DispatchGroup()
    private let startsOnce = Mutex(false)
    private let transport: @Sendable (SourceState) -> any RewardTransport

    /// A source that so many threads ask.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - outputs: the names of its rewards; none for a single number.
    ///   - threads: how many work at once.
    ///   - batchSize: the most requests that a thread sends together.
    ///   - transport: how a thread asks.
    init(
        _ name: String, outputs: [String], threads: Int, batchSize: Int,
        transport: @escaping @Sendable (SourceState) -> any RewardTransport
    ) {
        self.name = name
        self.threads = threads
        self.transport = transport
        shared = SourceState(name: name, outputs: outputs, batchSize: batchSize, threads: threads)
    }

    deinit { shared.queue.close(.closed(reward: name), threads: threads) }

    /// Scores one completion.
    ///
    /// - Parameter input: the completion.
    /// - Returns: what was answered.
    /// - Throws: `RewardProgramError` for every failure.
    public func answer(_ input: RewardInput) async throws -> RewardAnswer {
        start()
        let id = shared.nextRequest()
        let line = try input.requestLine(id: id)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiting in
                shared.queue.add(RewardRequest(id: id, line: line, waiting: waiting))
                // Where the task was cancelled before, the handler found nothing to take back.
                if Task.isCancelled { shared.queue.takeBack(id) }
            }
        } onCancel: {
            shared.queue.takeBack(id)
        }
    }

    /// What its programs' sandbox could not apply, once.
    package func takeNotices() -> [String] {
        shared.notices.withLock { notices in
            defer { notices = [] }
            return notices.map { "reward \(name): \($0)" }
        }
    }

    /// What happened so far.
    public var counts: RewardSourceCounts { shared.counts.withLock { $0 } }

    /// Goes on counting from here: a run that is resumed has a history.
    public func setCounts(_ counts: RewardSourceCounts) { shared.counts.withLock { $0 = counts } }

    /// Writes what its programs write to standard error to a new file, 1 MB at most.
    public func log(to url: URL) throws {
        do {
            try shared.log.open(url)
        } catch {
            throw RewardProgramError.logFile(
                reward: name, path: url.path, reason: error.explanation)
        }
    }

    /// Ends its programs and waits until none is left; what still waits for a score fails.
    public func close() { [self].close() }

    /// Has its programs end, each on its own thread.
    fileprivate func beginClosing() {
        shared.queue.close(.closed(reward: name), threads: threads)
    }

    fileprivate func waitUntilClosed() { running.wait() }

    private func start() {
        let isStarted = startsOnce.withLock { isStarted in
            defer { isStarted = true }
            return isStarted
        }
        guard !isStarted else { return }
        for _ in 0..<threads {
            running.enter()
            // The thread holds what it needs and not the source, which may then be let go.
            let thread = Thread { [shared, transport, running] in
                serve(shared, by: transport(shared))
                running.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }
}

extension [RewardSource] {
    /// Ends the programs of all at the same time, and waits until none is left: those that do not
    /// end by themselves take a second or two each.
    public func close() {
        for source in self { source.beginClosing() }
        for source in self { source.waitUntilClosed() }
    }
}

/// What a source went through, since its start.
public struct RewardSourceCounts: Sendable, Equatable, Codable {
    /// Programs that were started in place of one that failed.
    public var restarts = 0
    /// Answers to requests that had been answered or given up: they were discarded.
    public var stale = 0
}

/// How a thread gets answers.
protocol RewardTransport {
    /// Asks, and resolves each request exactly once.
    mutating func serve(_ requests: [RewardRequest])
    /// Ends what it started.
    mutating func close()
}

/// What a source's threads share.
final class SourceState: Sendable {
    let name: String
    let outputs: [String]
    let batchSize: Int
    let queue = RequestQueue()
    let log = ErrorLog(limit: 1 << 20)
    let counts = Mutex(RewardSourceCounts())
    /// What a person should hear of, beside the log.
    let notices = Mutex<[String]>([])
    let hasNoticed = Atomic(false)
    /// Failures of programs since the last answer of any.
    let failuresInARow = Mutex(0)
    private let threads: Int
    private let lastRequest = Mutex(0)

    init(name: String, outputs: [String], batchSize: Int, threads: Int) {
        (self.name, self.outputs, self.batchSize) = (name, outputs, batchSize)
        self.threads = threads
    }

    func nextRequest() -> Int {
        lastRequest.withLock { last in
            last += 1
            return last
        }
    }

    /// Serves no more: the programs fail whatever they are asked.
    func giveUp(_ error: RewardProgramError) { queue.close(error, threads: threads) }

    /// What a line says about its request, in the order of the outputs.
    func result(of line: AnswerLine) -> Result<RewardAnswer, any Error> {
        if let reason = line.error {
            return .failure(RewardProgramError.refused(reward: name, reason: reason))
        }
        do {
            return .success(try line.answer(outputs: outputs))
        } catch {
            return .failure(bad(error))
        }
    }

    func bad(_ problem: AnswerProblem) -> RewardProgramError {
        .badAnswer(reward: name, expected: problem.expected, found: problem.found)
    }
}

private func serve(_ shared: SourceState, by transport: any RewardTransport) {
    // A program that no longer reads shall give an error here, not a signal to all of us.
    blockBrokenPipeSignal()
    var transport = transport
    while let requests = shared.queue.take(shared.batchSize) { transport.serve(requests) }
    transport.close()
}
