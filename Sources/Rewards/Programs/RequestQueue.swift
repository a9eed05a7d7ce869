import Dispatch
import Foundation
import Synchronization

/// A completion on its way to a program, and who waits for the answer.
struct RewardRequest: Sendable {
    let id: Int
    /// The line that the program reads.
    let line: [UInt8]
    private let waiting: CheckedContinuation<RewardAnswer, any Error>

    init(id: Int, line: [UInt8], waiting: CheckedContinuation<RewardAnswer, any Error>) {
        (self.id, self.line, self.waiting) = (id, line, waiting)
    }

    /// Hands the answer over; exactly once.
    func resolve(_ result: Result<RewardAnswer, any Error>) { waiting.resume(with: result) }
}

/// Requests in the order in which they came, for the threads that serve them.
final class RequestQueue: Sendable {
    private struct State {
        var requests: [RewardRequest] = []
        var end: RewardProgramError?
    }

    private let state = Mutex(State())
    /// Counts at least the requests that wait.
    private let arrivals = DispatchSemaphore(value: 0)

    /// Why no more is served; `nil` while the queue is open.
    var end: RewardProgramError? { state.withLock { $0.end } }

    /// Takes a request in, or refuses it where the queue is closed.
    func add(_ request: RewardRequest) {
        let end = state.withLock { state in
            if state.end == nil { state.requests.append(request) }
            return state.end
        }
        if let end { request.resolve(.failure(end)) }
        arrivals.signal()
    }

    /// Refuses a request that nobody waits for any more, unless it is being served.
    func takeBack(_ id: Int) {
        let request = state.withLock { state in
            state.requests.firstIndex { $0.id == id }.map { state.requests.remove(at: $0) }
        }
        request?.resolve(.failure(CancellationError()))
    }

    /// Waits for requests.
    ///
    /// - Parameter most: how many are taken at once. With more than one, the first is held for a
    ///   moment: the completions of a step come in one by one, but close together.
    /// - Returns: one at least; `nil` once the queue is closed.
    func take(_ most: Int) -> [RewardRequest]? {
        while true {
            arrivals.wait()
            var taken = pop(most)
            if taken.isEmpty {
                // Taken by another thread with an earlier one, or closed.
                if end != nil { return nil }
                continue
            }
            if taken.count < most {
                Thread.sleep(forTimeInterval: 0.005)
                taken += pop(most - taken.count)
            }
            return taken
        }
    }

    /// Refuses all that waits and all that will come.
    func close(_ error: RewardProgramError, threads: Int) {
        let refused = state.withLock { state in
            defer { state.requests = [] }
            state.end = state.end ?? error
            return state.requests
        }
        for request in refused { request.resolve(.failure(error)) }
        for _ in 0..<threads { arrivals.signal() }
    }

    private func pop(_ most: Int) -> [RewardRequest] {
        state.withLock { state in
            let taken = Array(state.requests.prefix(most))
            state.requests.removeFirst(taken.count)
            return taken
        }
    }
}
