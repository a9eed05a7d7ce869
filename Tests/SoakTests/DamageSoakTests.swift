import Foundation
import TestSupport
import Testing

/// The newest checkpoint of a run is damaged; the run goes on from the one before.
@Suite(.enabled(if: Soak.isAsked), .serialized)
struct DamageSoakTests {
    enum Damage: String, CaseIterable {
        case truncated, flipped, missing, replaced

        /// Damages a file; `other` is the same file of another checkpoint.
        func apply(to file: URL, other: URL) throws {
            var data = try Data(contentsOf: file)
            switch self {
            case .truncated: try data.prefix(data.count / 2).write(to: file)
            case .flipped:
                data[data.count / 2] ^= 1
                try data.write(to: file)
            case .missing: try FileManager.default.removeItem(at: file)
            case .replaced:
                let before = try Data(contentsOf: other)
                try FileManager.default.removeItem(at: file)
                // Where the other is the same, a folder comes in its place.
                if before == data {
                    try FileManager.default.createDirectory(
                        at: file, withIntermediateDirectories: false)
                } else {
                    try before.write(to: file)
                }
            }
        }
    }

    /// Survived: it is said which file is wrong, the damaged checkpoint stays under another name, and
    /// all else is that of a run never stopped, byte for byte.
    @Test(arguments: [.supervised, ResumableRun.all[1]])
    func aDamagedCheckpointIsLeftOutAndTheRunIsTheSame(run: ResumableRun) throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            let experiment = try KillExperiment(run, in: folder)
            let killed = try Program("grpo").run(
                experiment.command("killed"), in: folder,
                environment: ["GRPO_FAILPOINT": "checkpoint.rename.after:3=kill"])
            #expect(killed.status == SIGKILL)
            let newest = folder.appending(path: "killed/checkpoints/step-3")
            var files = try FileManager.default.subpathsOfDirectory(atPath: newest.path).filter {
                newest.appending(path: $0).pathExtension != "" && $0 != "model"
            }.sorted()
            try #require(files.count > 5)
            if Soak.isShort { files = [files[1], files[files.count - 1]] }
            var (tried, survived) = (0, 0)
            for (file, damage) in files.flatMap({ file in Damage.allCases.map { (file, $0) } }) {
                let problems = try problems(after: damage, to: file, experiment, folder)
                #expect(problems.isEmpty, "\(file) \(damage)")
                tried += 1
                survived += problems.isEmpty ? 1 : 0
            }
            try Soak.record(
                suite: "damaged checkpoint", case: run.name, tried: tried, survived: survived,
                note: "\(files.count) files, each \(Damage.names)")
        }
    }

    private func problems(
        after damage: Damage, to file: String, _ experiment: KillExperiment, _ folder: URL
    ) throws -> [String] {
        let run = folder.appending(path: "damaged")
        try? FileManager.default.removeItem(at: run)
        try FileManager.default.copyItem(at: folder.appending(path: "killed"), to: run)
        let checkpoints = run.appending(path: "checkpoints")
        let newest = checkpoints.appending(path: "step-3")
        try damage.apply(
            to: newest.appending(path: file),
            other: checkpoints.appending(path: "step-2/\(file)"))
        let before = try FileManager.default.subpathsOfDirectory(atPath: newest.path).sorted()
        let resumed = try Program("grpo").run(["resume", "damaged"], in: folder)
        guard resumed.status == 0 else { return ["status \(resumed.status): \(resumed.errors)"] }
        var problems: [String] = []
        let isNamed = resumed.errors.contains("checkpoints/step-3: ")
        // A manifest has no manifest that could name it.
        if !isNamed || !(resumed.errors.contains(file) || file == "manifest.json") {
            problems.append("the file is not named: \(resumed.errors)")
        }
        if !resumed.output.contains("step-2, the newest that can be used") {
            problems.append("it does not go on from the one before: \(resumed.output)")
        }
        let aside = checkpoints.appending(path: "step-3.unusable-1")
        let after = try? FileManager.default.subpathsOfDirectory(atPath: aside.path).sorted()
        if after != before { problems.append("of the damaged one is left: \(after ?? [])") }
        return try problems
            + experiment.differences("damaged").filter { !$0.contains("unusable-1/") }
    }
}

extension DamageSoakTests.Damage {
    fileprivate static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
