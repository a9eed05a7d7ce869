import Foundation
import Synchronization

/// One worker of a reward program: the program, and the conversation with it.
///
/// All reading and writing waits with a limit, so that neither a program that never reads or never
/// answers nor one that floods either stream can hold it up.
struct ProgramTransport: RewardTransport {
    let shared: SourceState
    let settings: ProgramSettings
    /// What is started: the command, within the sandbox where there is one.
    let arguments: [String]
    private var process: ProgramProcess?
    /// What was read and is no line yet.
    private var unread: [UInt8] = []
    private var lastWords = LastWords()
    /// The requests that the running program has ever had.
    private var asked: Set<Int> = []
    /// Whether the running program has answered yet.
    private var hasAnswered = false
    private var wasStarted = false
    /// Seconds in which the running program was at work.
    private var busy = 0.0

    init(shared: SourceState, settings: ProgramSettings, arguments: [String]) {
        (self.shared, self.settings, self.arguments) = (shared, settings, arguments)
    }

    mutating func serve(_ requests: [RewardRequest]) {
        var open = Dictionary(uniqueKeysWithValues: requests.map { ($0.id, $0) })
        let began = ContinuousClock.now
        do {
            checkIdle()
            try start()
            try converse(requests, open: &open)
        } catch {
            // Those who wait need not wait for the program's end as well.
            let failure = settle(error)
            for request in open.values { request.resolve(.failure(failure)) }
        }
        busy += (ContinuousClock.now - began).seconds
        // The limit is for the life of a process, which shall not end in the middle of a request.
        if let limit = settings.sandbox?.cpuSeconds, busy > Double(limit) / 2 { close() }
    }

    /// A program that is asked no more ends by itself, or is ended.
    mutating func close() { _ = replace(patience: settings.grace) }

    // MARK: The program

    /// Ends a program that ended or spoke unasked since the last answer.
    private mutating func checkIdle() {
        guard process != nil else { return }
        var none: [Int: RewardRequest] = [:]
        do {
            try readAnswers(&none)
        } catch {
            let how = replace(patience: .milliseconds(200))
            countFailure("a worker ended, or spoke unasked, between two requests (\(how))")
        }
    }

    private mutating func start() throws {
        guard process == nil else { return }
        try waitAfterFailures()
        do {
            process = try ProgramProcess(arguments)
        } catch {
            throw RewardProgramError.cannotStart(
                reward: shared.name, program: settings.command.joined(separator: " "),
                reason: "\(error)")
        }
        if wasStarted { shared.counts.withLock { $0.restarts += 1 } }
        (wasStarted, hasAnswered, busy) = (true, false, 0)
        (unread, asked) = ([], [])
        lastWords.clear()
    }

    /// The longer the more often all workers failed without an answer.
    private func waitAfterFailures() throws {
        let failures = shared.failuresInARow.withLock { $0 }
        guard failures > 0 else { return }
        let doubled = settings.firstBackOff * (1 << min(failures - 1, 10))
        let end = ContinuousClock.now + min(doubled, .seconds(10))
        while ContinuousClock.now < end {
            if let end = shared.queue.end { throw end }
            Thread.sleep(forTimeInterval: min(0.05, max(0, (end - .now).seconds)))
        }
    }

    /// Ends the program and reads what it still said; says how it ended.
    private mutating func replace(patience: Duration) -> String {
        defer { process = nil }
        guard let process else { return "" }
        let how = process.end(patience: patience, grace: settings.grace)
        readErrors()
        return how
    }

    // MARK: Failures

    private enum Failure: Error {
        case timedOut
        case outputEnded
        case answer(AnswerProblem)
    }

    /// Ends the program, and words what is told to those who wait.
    private mutating func settle(_ error: any Error) -> any Error {
        let name = shared.name
        switch error {
        case Failure.timedOut:
            let seconds = hasAnswered ? settings.timeout : settings.timeout + settings.startTimeout
            readErrors()
            let lines = lastWords.lines
            note("a worker did not answer within \(seconds) s and is ended")
            _ = replace(patience: .zero)
            return RewardProgramError.timedOut(reward: name, seconds: seconds, errors: lines)
        case Failure.outputEnded:
            let how = replace(patience: .milliseconds(200))
            let failure = RewardProgramError.ended(
                reward: name, how: how, errors: lastWords.lines)
            countFailure("\(failure)")
            return failure
        case Failure.answer(let problem):
            _ = replace(patience: .zero)
            let failure = shared.bad(problem)
            countFailure("\(failure)")
            return failure
        default:
            // It could not be started, or the queue was closed.
            _ = replace(patience: .zero)
            if case RewardProgramError.cannotStart = error { countFailure("\(error)") }
            return error
        }
    }

    private func countFailure(_ reason: String) {
        let failures = shared.failuresInARow.withLock { failures in
            failures += 1
            return failures
        }
        note(reason)
        guard failures >= settings.attempts else { return }
        shared.giveUp(.gaveUp(reward: shared.name, attempts: failures, last: reason))
    }

    private func note(_ text: String) { shared.log.append(Array("[grpo] \(text)\n".utf8)) }
}

// MARK: The conversation

extension ProgramTransport {
    private mutating func converse(
        _ requests: [RewardRequest], open: inout [Int: RewardRequest]
    ) throws {
        guard let process else { return }
        asked.formUnion(requests.map(\.id))
        var unsent = requests.flatMap(\.line)[...]
        var hasErrors = true
        var deadline = self.deadline
        while !open.isEmpty {
            if let end = shared.queue.end { throw end }
            guard ContinuousClock.now < deadline else { throw Failure.timedOut }
            // In slices, so that a close is noticed.
            let slice = min(deadline, .now + .milliseconds(100))
            var wanted: [(Descriptor, Int32)] = [(process.output, Int32(POLLIN))]
            if hasErrors { wanted.append((process.errors, Int32(POLLIN))) }
            if let input = process.input, !unsent.isEmpty {
                wanted.append((input, Int32(POLLOUT)))
            }
            guard Descriptor.wait(for: wanted, until: slice).contains(true) else {
                if process.hasEnded { throw Failure.outputEnded }
                continue
            }
            hasErrors = readErrors()
            unsent = send(unsent)
            let count = open.count
            try readAnswers(&open)
            if open.count < count { deadline = self.deadline }
        }
    }

    private var deadline: ContinuousClock.Instant {
        .now + .seconds(hasAnswered ? settings.timeout : settings.timeout + settings.startTimeout)
    }

    /// Writes what the program takes at once; what it will never read is forgotten.
    private func send(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard !bytes.isEmpty, let input = process?.input else { return bytes }
        switch input.write(bytes) {
        case .moved(let count): return bytes.dropFirst(count)
        case .wouldBlock: return bytes
        case .ended: return []
        }
    }

    /// Reads some of what there is on standard error; `false` once it has ended.
    @discardableResult
    private mutating func readErrors() -> Bool {
        guard let process else { return false }
        var bytes: [UInt8] = []
        let outcome = process.errors.read(into: &bytes)
        shared.log.append(bytes)
        lastWords.append(bytes)
        if case .ended = outcome { return false }
        return true
    }

    /// Reads some of the output, and resolves what its lines answer.
    private mutating func readAnswers(_ open: inout [Int: RewardRequest]) throws {
        guard let process else { return }
        let outcome = process.output.read(into: &unread)
        if case .wouldBlock = outcome { return }
        var start = unread.startIndex
        while let end = unread[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = Array(unread[start..<end])
            start = end + 1
            try accept(line, &open)
        }
        unread.removeSubrange(..<start)
        guard unread.count <= settings.maximumLine else {
            throw Failure.answer(
                AnswerProblem(
                    expected: "a line of at most \(settings.maximumLine) bytes",
                    found: "more without a line break"))
        }
        if case .ended = outcome { throw Failure.outputEnded }
    }

    private mutating func accept(_ bytes: [UInt8], _ open: inout [Int: RewardRequest]) throws {
        if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { return }
        let line: AnswerLine
        do { line = try AnswerLine(bytes) } catch { throw Failure.answer(error) }
        guard let request = open.removeValue(forKey: line.id) else {
            guard asked.contains(line.id) else {
                throw Failure.answer(
                    AnswerProblem(
                        expected: "the id of a request", found: "\(line.id), which was not asked"))
            }
            shared.counts.withLock { $0.stale += 1 }
            return
        }
        if !hasAnswered { noteSandbox() }
        hasAnswered = true
        shared.failuresInARow.withLock { $0 = 0 }
        request.resolve(shared.result(of: line))
    }

    /// Passes on what the sandbox could not apply, which is the same for every worker.
    private func noteSandbox() {
        guard settings.sandbox != nil, !shared.hasNoticed.exchange(true, ordering: .relaxed) else {
            return
        }
        let lines = lastWords.lines.filter { $0.hasPrefix(SandboxLauncher.notApplied) }
        shared.notices.withLock { $0 += lines }
    }
}
