import Foundation
import TestSupport
import Testing

/// A hundred runs that are killed and resumed, and compared with those never stopped.
@Suite(.enabled(if: Soak.isAsked), .serialized)
struct KillSoakTests {
    @Test(
        arguments: Array(
            zip(ResumableRun.all + [ResumableRun.supervised], [17, 17, 17, 17, 16, 16])))
    func killedRunsAreResumedToTheSameFiles(run: ResumableRun, count: Int) throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            let experiment = try KillExperiment(run, in: folder)
            var (survived, kills) = (0, 0)
            for seed in 100..<100 + UInt64(count) {
                let result = try experiment.kill(seed: seed)
                #expect(result.differences.isEmpty, "seed \(seed), killed: \(result.kills)")
                survived += result.differences.isEmpty ? 1 : 0
                kills += result.kills.count
                try FileManager.default.removeItem(at: folder.appending(path: "killed-\(seed)"))
            }
            try Soak.record(
                suite: "kill -9 and resume", case: run.name, tried: count, survived: survived,
                note: "\(kills) kills; \(experiment.places.count) failpoints a run")
        }
    }

    /// Each failpoint of a run once: nothing is left to chance.
    @Test func everyFailpointIsSurvived() throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            let experiment = try KillExperiment(.supervised, in: folder)
            var survived = 0
            for place in experiment.places.indices {
                let output = "at-\(place)"
                let killed = try Program("grpo").run(
                    experiment.command(output), in: folder,
                    environment: ["GRPO_FAILPOINT": "any:\(place + 1)=kill"])
                #expect(killed.status == SIGKILL)
                if !FileManager.default.fileExists(
                    atPath: folder.appending(path: "\(output)/model").path)
                {
                    let end = try Program("grpo").run(experiment.command(output), in: folder)
                    #expect(end.status == 0, "\(experiment.places[place]): \(end.errors)")
                }
                let differences = try experiment.differences(output)
                #expect(differences.isEmpty, "\(experiment.places[place])")
                survived += differences.isEmpty ? 1 : 0
                try FileManager.default.removeItem(at: folder.appending(path: output))
            }
            try Soak.record(
                suite: "kill -9 and resume", case: "every failpoint of a supervised run",
                tried: experiment.places.count, survived: survived)
        }
    }
}
