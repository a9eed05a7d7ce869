import Foundation
import TestSupport
import Testing

/// SIGTERM in every phase of a run, each of which takes longer there than a signal may wait.
@Suite(.serialized, .enabled(if: Soak.isAsked)) struct SignalSoakTests {
    struct Phase: Sendable, CustomStringConvertible {
        let name: String
        /// The work that sleeps for some seconds; `nil` for a reward program that hangs.
        let failpoint: String?
        var settings = ["training.memory_check=false"]
        var message = "ending, with a checkpoint"

        var description: String { name }
    }

    static let phases = [
        Phase(
            name: "loading", failpoint: "loading:1",
            message: "ended while loading; no step was made"),
        Phase(name: "the memory check", failpoint: "pass:1", settings: []),
        Phase(name: "sampling", failpoint: "token:6"),
        Phase(name: "a reward program that hangs", failpoint: nil),
        Phase(name: "a pass", failpoint: "pass:2"),
        Phase(name: "an evaluation", failpoint: "evaluation:1"),
        Phase(name: "a log line", failpoint: "log.write.before:1"),
        Phase(name: "a checkpoint's weights", failpoint: "safetensors.header:1"),
        Phase(name: "a checkpoint's manifest", failpoint: "checkpoint.manifest.sync.before:1"),
        Phase(name: "a model", failpoint: "model.rename.before:2"),
    ]

    /// Survived: it says so within a second, and leaves neither process nor partial file; a second
    /// signal ends it within another second.
    @Test(arguments: phases, [false, true])
    func aSignalIsNoticedWithinASecond(phase: Phase, twice: Bool) throws {
        try withTemporaryFolder { folder in
            let run = try SoakRun(folder)
            if phase.failpoint == nil { try run.blockRewards() }
            var (noticed, ended) = (Double.infinity, Double.infinity)
            let settings =
                (phase.settings + ["training.checkpoint_every=1"]).flatMap { ["--set", $0] }
            let outcome = try run.train(
                steps: 12, run.everyPhase + settings,
                environment: ["GRPO_FAILPOINT": phase.failpoint.map { $0 + "=pause" } ?? ""]
            ) { process in
                let isThere = SoakRun.wait(60, for: process) {
                    phase.failpoint == nil ? run.rewardsAreBlocked : run.isPaused
                }
                #expect(isThere, "\(run.errors)")
                kill(process.processIdentifier, SIGTERM)
                let sent = Date.now
                if SoakRun.wait(10, { run.errors.contains(phase.message) }) {
                    noticed = Date.now.timeIntervalSince(sent)
                }
                if twice { kill(process.processIdentifier, SIGTERM) }
                let last = Date.now
                if !SoakRun.wait(20, { !process.isRunning }) { process.interruptForGood() }
                ended = Date.now.timeIntervalSince(last)
            }
            let left = run.leftovers()
            // Where it sleeps in its work, the end comes behind that.
            let bound = twice || phase.failpoint == nil ? 1.0 : 5
            let isRight =
                outcome.status == 143 && noticed <= 1 && ended <= bound && left.isEmpty
            #expect(isRight, "\(outcome), \(noticed), \(ended), \(left), \(run.errors)")
            try Soak.record(
                suite: "SIGTERM" + (twice ? " twice" : ""), case: "in \(phase)", tried: 1,
                survived: isRight ? 1 : 0,
                note: String(format: "said after %.2f s, ended %.2f s later", noticed, ended))
        }
    }

    /// Survived: an exit code that says what happened, a model that can be loaded or none, and no
    /// process or temporary folder left; also where a second signal comes 0.2 s after the first.
    @Test(arguments: [false, true])
    func signalsAtRandomMoments(twice: Bool) throws {
        var stream = SystemRandomNumberGenerator()
        let tries = Soak.isShort ? 3 : 20
        var (survived, slowest) = (0, 0.0)
        for _ in 0..<tries {
            let delay = UInt32.random(in: 100_000...6_000_000, using: &stream)
            try withTemporaryFolder { folder in
                let run = try SoakRun(folder)
                let outcome = try run.train(steps: 400, run.everyPhase) { process in
                    usleep(delay)
                    kill(process.processIdentifier, SIGTERM)
                    if twice {
                        usleep(200_000)
                        kill(process.processIdentifier, SIGTERM)
                    }
                    let sent = Date.now
                    if !SoakRun.wait(20, { !process.isRunning }) { process.interruptForGood() }
                    slowest = max(slowest, Date.now.timeIntervalSince(sent))
                }
                let leftovers = run.leftovers()
                // Before and behind the training the signal has its usual effect.
                let isEnded = [143, SIGTERM].contains(outcome.status)
                let isRight = isEnded && leftovers.isEmpty
                #expect(isRight, "after \(delay) µs: \(outcome), \(run.errors), \(leftovers)")
                survived += isRight ? 1 : 0
            }
        }
        #expect(survived == tries)
        #expect(slowest < (twice ? 1 : 3))
        try Soak.record(
            suite: "SIGTERM" + (twice ? " twice" : ""), case: "at a random moment", tried: tries,
            survived: survived, note: String(format: "ended %.2f s later at most", slowest))
    }
}

extension Process {
    /// Ends what a signal has not ended.
    fileprivate func interruptForGood() { kill(processIdentifier, SIGKILL) }
}
