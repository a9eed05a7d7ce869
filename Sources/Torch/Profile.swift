import CTorch
import Synchronization

/// Where the time of a program goes: how long each stage took, and what it was part of.
///
///     let profile = Profile()
///     let run = try profile.record { try TrainingRun(configuration) }
///     try await profile.record { try await run.run() }
///     print(profile.table)
///
/// What is recorded is what ``span(_:_:_:)`` encloses while a `record` runs; without one a span
/// costs an atomic load. With a GPU, each span waits at its ends for what the device was given, so
/// that the device's time is that of the stage that caused it; the run is slower for it.
public final class Profile: Sendable {
    /// What a span is of.
    public struct Stage: Sendable, Hashable {
        /// As it is shown.
        public let name: String

        /// A stage of that name.
        public init(_ name: String) { self.name = name }

        /// All that one call of `record` encloses.
        public static let whole = Stage("whole run")
        /// A training step, of whose time the table gives shares.
        public static let step = Stage("step")
        /// A thread that is done while others of the same stage still work.
        public static let waiting = Stage("waiting for other threads")
    }

    /// A number that a span of the trace carries.
    public enum Fact: Sendable, Hashable {
        case step(Int)
        case rows(Int)
        case tokens(Int)
    }

    /// A span that is going on, for what encloses an `await`.
    public struct Span {
        fileprivate let flow: Flow?
        fileprivate let depth: Int

        /// Ends it, and what was begun inside it.
        public func end() { flow?.end(toDepth: depth) }
    }

    /// What happens one after the other, on whichever thread: spans nest in it.
    fileprivate struct Flow: Sendable {
        let profile: Profile
        let lane: Int
        /// The task that it is part of: tasks beside each other have no common order.
        let task: Int?
    }

    /// The flow of this task or thread.
    @TaskLocal private static var flow: Flow?
    /// The calls of `record` that are going on.
    private static let recordCount = Atomic<Int>(0)

    private let start = ContinuousClock.now
    private let state: Mutex<ProfileRecord>

    /// A profile that has recorded nothing.
    ///
    /// - Parameter eventLimit: the most spans that the trace keeps; the table counts all.
    public init(eventLimit: Int = 200_000) {
        state = Mutex(ProfileRecord(eventLimit: eventLimit))
    }

    /// Records the spans of `body`, and of the threads that it runs side by side; not those of
    /// tasks that it starts.
    public func record<Result>(_ body: () throws -> Result) rethrows -> Result {
        let flow = enter()
        defer { leave(flow) }
        return try Self.$flow.withValue(flow, operation: body)
    }

    /// Records the spans of `body`, and of the threads that it runs side by side; not those of
    /// tasks that it starts.
    public func record<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let flow = enter()
        defer { leave(flow) }
        return try await Self.$flow.withValue(flow, operation: body)
    }

    /// Names the stage that `body` is, if anything is recorded.
    public static func span<Result, Failure: Error>(
        _ stage: @autoclosure () -> Stage, _ facts: @autoclosure () -> [Fact] = [],
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard recordCount.load(ordering: .relaxed) > 0 else { return try body() }
        let span = begin(stage(), facts())
        do throws(Failure) {
            let result = try body()
            span.end()
            return result
        } catch {
            span.end()
            throw error
        }
    }

    /// Begins a stage that holds an `await`; the caller ends it, also where something is thrown.
    public static func begin(
        _ stage: @autoclosure () -> Stage, _ facts: @autoclosure () -> [Fact] = []
    ) -> Span {
        guard recordCount.load(ordering: .relaxed) > 0, let flow, flow.task == currentTask else {
            return Span(flow: nil, depth: 0)
        }
        return Span(flow: flow, depth: flow.begin(stage(), facts()))
    }

    /// What was recorded up to now; spans that go on are taken to end now.
    var snapshot: ProfileRecord {
        var copy = state.withLock { $0 }
        copy.endAll(at: now)
        return copy
    }

    private var now: Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    private static var currentTask: Int? { withUnsafeCurrentTask { $0?.hashValue } }
}

extension Profile {
    /// Records what runs beside the flow that opens it.
    struct Fork {
        fileprivate let flow: Flow?
        /// Where the flow was when it came here: the first pass goes on from there at once.
        private let place: (depth: Int, node: Int?)

        fileprivate init(_ flow: Flow?) {
            self.flow = flow
            place =
                flow.map { flow in
                    flow.profile.state.withLock { $0.place(lane: flow.lane) }
                } ?? (0, nil)
        }

        /// Runs one of the passes: the first in the flow that opened this, others in their own.
        func run(_ index: Int, _ body: () -> Void) {
            guard let flow else { return body() }
            guard index > 0 else {
                body()
                // Ended by `join`: the caller's function returns when the last thread is done.
                _ = flow.begin(.waiting, [])
                return
            }
            let own = Flow(
                profile: flow.profile,
                lane: flow.profile.state.withLock { $0.takeLane(under: place.node) },
                task: Profile.currentTask)
            Profile.$flow.withValue(own, operation: body)
            flow.profile.state.withLock { $0.giveBack(lane: own.lane) }
        }

        /// Called when all have returned.
        func join() { flow?.end(toDepth: place.depth) }
    }

    /// Opens a fork of the flow of this thread, which does nothing where nothing is recorded.
    static func fork() -> Fork {
        guard recordCount.load(ordering: .relaxed) > 0, let flow, flow.task == currentTask else {
            return Fork(nil)
        }
        return Fork(flow)
    }

    private func enter() -> Flow {
        Self.recordCount.add(1, ordering: .relaxed)
        let flow = Flow(
            profile: self, lane: state.withLock { $0.takeLane(under: nil) },
            task: Self.currentTask)
        _ = flow.begin(.whole, [])
        return flow
    }

    private func leave(_ flow: Flow) {
        flow.end(toDepth: 0)
        state.withLock { $0.giveBack(lane: flow.lane) }
        Self.recordCount.subtract(1, ordering: .relaxed)
    }
}

extension Profile.Flow {
    /// - Returns: how many spans of the flow enclose this one.
    func begin(_ stage: Profile.Stage, _ facts: [Profile.Fact]) -> Int {
        ct_wait_for_devices()
        // The clock is read under the lock, so that what is recorded is in the order of time.
        return profile.state.withLock { state in
            state.begin(stage, facts, lane: lane, at: profile.now)
        }
    }

    func end(toDepth depth: Int) {
        ct_wait_for_devices()
        profile.state.withLock { state in state.end(lane: lane, toDepth: depth, at: profile.now) }
    }
}
