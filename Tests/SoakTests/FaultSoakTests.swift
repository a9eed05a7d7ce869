import Foundation
import GRPO
import TestSupport
import Testing

/// Faults of the world around a whole run of the program.
@Suite(.serialized, .enabled(if: Soak.isAsked)) struct FaultSoakTests {
    /// Survived: an exit code that says what happened, a model that can be loaded or none, and no
    /// process or temporary folder left; also where a second signal comes 0.2 s after the first.
    @Test(arguments: [false, true])
    func signalsAtRandomMoments(twice: Bool) throws {
        var stream = SystemRandomNumberGenerator()
        let tries = 20
        var (survived, slowest) = (0, 0.0)
        for _ in 0..<tries {
            let delay = UInt32.random(in: 100_000...6_000_000, using: &stream)
            try withTemporaryFolder { folder in
                let run = try SoakRun(folder)
                let outcome = try run.train(steps: 10_000, run.everyPhase) { process in
                    usleep(delay)
                    kill(process.processIdentifier, SIGTERM)
                    if twice {
                        usleep(200_000)
                        kill(process.processIdentifier, SIGTERM)
                    }
                    let sent = Date.now
                    while process.isRunning { usleep(10_000) }
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
        try Soak.record(
            suite: "fault", case: twice ? "SIGTERM twice" : "SIGTERM at a random moment",
            tried: tries, survived: survived,
            note: String(format: "ended %.1f s after it at most", slowest))
    }

    /// Survived: the run comes to its end, or ends with a message that names a setting; none traps.
    /// What the program needs before its first step is about 560 MB of address space here.
    @Test func memoryLimits() throws {
        let limits = Array(stride(from: 580, through: 720, by: 10))
        var (survived, halved, ended) = (0, 0, 0)
        for megabytes in limits {
            try withTemporaryFolder { folder in
                // So wide that what a pass keeps goes back to the system when freed.
                let run = try SoakRun(
                    folder, model: ["--hidden", "512", "--layers", "2", "--heads", "8"])
                try run.writeLongPrompts()
                let outcome = try run.train(
                    steps: 2,
                    [
                        "--prompts-per-step", "8", "--group-size", "4", "--set",
                        "training.memory_check=false", "--set", "rollout.concurrent_completions=2",
                        "--set", "training.micro_batch_tokens=4096",
                    ], limit: "-v \(megabytes * 1_024)")
                let isTold = run.errors.contains("out of memory")
                if outcome.status == 0 { halved += isTold ? 1 : 0 }
                if outcome.status == 1, isTold { ended += 1 }
                if outcome.status == 0 || (outcome.status == 1 && isTold) { survived += 1 }
            }
        }
        try Soak.record(
            suite: "fault", case: "ulimit -v", tried: limits.count, survived: survived,
            note: "\(halved) went on with half the micro-batch, \(ended) ended with the message")
        #expect(halved > 0)
    }

    /// Survived: the run ends with an exit code and the file's name, or needs no larger file, and
    /// nothing partial is left.
    @Test func fileSizeLimits() throws {
        let limits = [1, 2, 4, 8, 64, 512, 1_024, 4_000]
        var (survived, ended) = (0, 0)
        for blocks in limits {
            try withTemporaryFolder { folder in
                let run = try SoakRun(folder)
                let outcome = try run.train(
                    steps: 3, ["--set", "training.save_every=1"], limit: "-f \(blocks)")
                let isTold = run.errors.contains("cannot be written")
                let hasEnded = [1, 2].contains(outcome.status) && isTold
                ended += hasEnded ? 1 : 0
                if outcome.status == 0 || hasEnded, run.leftovers().isEmpty { survived += 1 }
            }
        }
        #expect(survived == limits.count && ended == limits.count - 1)
        try Soak.record(
            suite: "fault", case: "ulimit -f", tried: limits.count, survived: survived,
            note: "\(ended) ended with the message, the largest limit did without")
    }

    /// Survived: a disk that is full for some steps costs no line and no model but those it could
    /// not take then. Needs a tmpfs of its own.
    @Test func aDiskThatIsFullForAWhile() throws {
        try withTemporaryFolder { folder in
            let run = try SoakRun(folder)
            let script = """
                mkdir disk && mount -t tmpfs -o size=12m none disk || exit 99
                "$0" "$@" 2> errors > output & child=$!
                until [ -s disk/run/metrics.jsonl ]; do sleep 0.1; done
                head -c 20000000 /dev/zero > disk/ballast 2> /dev/null
                until grep -q 'cannot be written' errors; do sleep 0.1; done
                rm disk/ballast
                wait $child; echo $? > status
                wc -l < disk/run/metrics.jsonl > lines; ls -A disk/run/models > models
                """
            let outcome = try run.shell(
                ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", script],
                run.arguments(steps: 60, ["--set", "training.save_every=20"], output: "disk/run"))
            guard outcome.status == 0 else {
                try Soak.record(
                    suite: "fault", case: "full tmpfs", tried: 0, survived: 0,
                    note: "this machine gives no tmpfs (unshare -rm: \(outcome.status))")
                return
            }
            let survives =
                try run.text("status") == "0\n" && run.text("lines") == "60\n"
                && !run.text("models").contains("partial")
            #expect(survives, "\(run.errors)")
            try Soak.record(
                suite: "fault", case: "full tmpfs", tried: 1, survived: survives ? 1 : 0,
                note: "60 of 60 lines of metrics.jsonl")
        }
    }

    /// Survived: exit code 1 after three steps, no model, and the rows in faults.jsonl.
    @Test func weightsThatAreNotFinite() throws {
        let tries = 5
        var survived = 0
        for _ in 0..<tries {
            try withTemporaryFolder { folder in
                let run = try SoakRun(folder)
                try run.spoilModel()
                let outcome = try run.train(steps: 20)
                let isTold = run.errors.contains("training.max_nonfinite_steps")
                let faults = try run.text("run/faults.jsonl").split(separator: "\n")
                if outcome.status == 1, isTold, faults.count == 3, run.leftovers().isEmpty {
                    survived += 1
                }
            }
        }
        #expect(survived == tries)
        try Soak.record(
            suite: "fault", case: "weights that are not finite", tried: tries, survived: survived)
    }
}
