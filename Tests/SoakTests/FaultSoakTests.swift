import Foundation
import TestSupport
import Testing

/// Too little memory and weights that are not finite, in a whole run of the program.
@Suite(.serialized, .enabled(if: Soak.isAsked)) struct FaultSoakTests {
    /// Survived: the run comes to its end, or ends with a message that says what helps; none traps,
    /// and none is still there after a minute.
    ///
    /// What the debug program needs before its first step is about 580 MB of address space here.
    @Test func memoryLimits() throws {
        let limits = Soak.isShort ? [600, 660] : Array(stride(from: 580, through: 720, by: 10))
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
                let hasEnded = [1, 2].contains(outcome.status) && isTold
                #expect(outcome.status == 0 || hasEnded, "\(megabytes): \(outcome) \(run.errors)")
                if outcome.status == 0 { halved += isTold ? 1 : 0 }
                ended += hasEnded ? 1 : 0
                survived += outcome.status == 0 || hasEnded ? 1 : 0
            }
        }
        #expect(survived == limits.count)
        #expect(halved > 0 && ended > 0, "limits that do not bear on this build")
        try Soak.record(
            suite: "memory", case: "ulimit -v", tried: limits.count, survived: survived,
            note: "\(halved) went on with half the micro-batch, \(ended) ended with the message")
    }

    /// Survived: exit code 1 after three steps, no model, and the rows in faults.jsonl.
    @Test func weightsThatAreNotFinite() throws {
        let tries = Soak.isShort ? 1 : 5
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
            suite: "not finite", case: "weights of a model", tried: tries, survived: survived)
    }
}
