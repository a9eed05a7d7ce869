import Foundation
import TestSupport
import Testing

/// A hundred runs that are killed and resumed, and compared with those never stopped; and runs that
/// meet an end or an error at each place where there can be one.
@Suite(.enabled(if: Soak.isAsked), .serialized)
struct KillSoakTests {
    @Test(
        arguments: Array(
            zip(
                ResumableRun.all + [ResumableRun.supervised],
                Soak.isShort ? [1, 1, 1, 1, 1, 1, 1] : [15, 15, 14, 14, 14, 14, 14])))
    func killedRunsAreResumedToTheSameFiles(run: ResumableRun, count: Int) throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            let experiment = try KillExperiment(run, in: folder)
            var (survived, kills) = (0, 0)
            for seed in 100..<100 + UInt64(count) {
                let result = try experiment.kill(seed: seed)
                let left = Processes.left(naming: folder.lastPathComponent)
                #expect(result.differences.isEmpty, "seed \(seed), killed: \(result.kills)")
                #expect(left.isEmpty)
                survived += result.differences.isEmpty && left.isEmpty ? 1 : 0
                kills += result.kills.count
                try FileManager.default.removeItem(at: folder.appending(path: "killed-\(seed)"))
            }
            try Soak.record(
                suite: "kill -9 and resume", case: run.name, tried: count, survived: survived,
                note: "\(kills) kills; \(experiment.places.count) failpoints a run")
        }
    }

    /// Every failpoint, when it is reached first and once later: nothing is left to chance.
    @Test(arguments: [.supervised, ResumableRun.all[5]])
    func everyFailpointIsSurvived(run: ResumableRun) throws {
        try atEveryPlace(run, suite: "kill -9 and resume", case: "every failpoint") {
            experiment, place, folder in
            let output = "at-\(place)"
            let killed = try Program("grpo").run(
                experiment.command(output), in: folder,
                environment: ["GRPO_FAILPOINT": "any:\(place + 1)=kill"])
            guard killed.status == SIGKILL else { return ["it was not killed: \(killed.errors)"] }
            if !FileManager.default.fileExists(
                atPath: folder.appending(path: "\(output)/model").path)
            {
                let end = try Program("grpo").run(experiment.command(output), in: folder)
                guard end.status == 0 else { return ["status \(end.status): \(end.errors)"] }
            }
            return try experiment.differences(output)
        }
    }

    /// Survived: it is said what cannot be done, nothing is left of it, and logs and model are those
    /// of a run without an error, gone on with where the error ended it.
    @Test(arguments: [ResumableRun.all[0], ResumableRun.all[5]])
    func everyErrorIsSurvived(run: ResumableRun) throws {
        try atEveryPlace(run, suite: "I/O error", case: "every failpoint") {
            experiment, place, _ in try experiment.fail(at: place)
        }
    }

    private func atEveryPlace(
        _ run: ResumableRun, suite: String, case name: String,
        _ problems: (KillExperiment, _ place: Int, URL) throws -> [String]
    ) throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            let experiment = try KillExperiment(run, in: folder)
            var places = experiment.firstAndLaterPlaces
            if Soak.isShort { places = places.enumerated().filter { $0.0 % 20 == 3 }.map(\.1) }
            // What cannot be removed is removed the next time; nobody has to know.
            if suite == "I/O error" {
                places.removeAll { experiment.places[$0].hasPrefix("replace.remove") }
            }
            try #require(!places.isEmpty)
            var survived = 0
            for place in places {
                let found = try problems(experiment, place, folder)
                #expect(found.isEmpty, "\(place), \(experiment.places[place])")
                survived += found.isEmpty ? 1 : 0
            }
            try Soak.record(
                suite: suite, case: "\(name), \(run.name)", tried: places.count,
                survived: survived,
                note: "\(Set(experiment.places).count) names, \(experiment.places.count) a run")
        }
    }
}
