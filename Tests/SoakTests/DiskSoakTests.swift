import Foundation
import TestSupport
import Testing

/// Disks that are full, limited or read-only, under a whole run of the program.
@Suite(.serialized, .enabled(if: Soak.isAsked)) struct DiskSoakTests {
    /// A shell's beginning: a tmpfs of 12 MB at `disk`, and `await`, which waits for a minute at
    /// most and no longer than the run.
    private static let beginning = """
        mkdir disk && mount -t tmpfs -o size=12m none disk || exit 99
        await() {
          tries=0
          until eval "$1"; do
            tries=$((tries + 1))
            if [ $tries -gt 600 ] || ! kill -0 $child 2> /dev/null; then
              kill -9 $child; echo "waited in vain: $1" > status; exit 98
            fi
            sleep 0.1
          done
        }
        finish() {
          wait $child; echo $? > status
          wc -l < disk/run/metrics.jsonl > lines
          find disk/run > files
        }

        """

    /// Runs a script of which `"$0" "$@"` is the program; `false` where the machine has no tmpfs for
    /// it, which the table then says.
    private func shell(
        _ script: String, _ run: SoakRun, _ arguments: [String], case name: String
    ) throws -> Bool {
        let outcome = try run.shell(
            ["/usr/bin/unshare", "-rm", "/bin/sh", "-c", Self.beginning + script], arguments)
        guard ![1, 99, 126, 127].contains(outcome.status) else {
            try Soak.record(
                suite: "disk", case: name, tried: 0, survived: 0,
                note: "not tried: no mount for a user here (unshare -rm: \(outcome.status))")
            return false
        }
        #expect(outcome.status == 0, "\((try? run.text("status")) ?? ""), \(run.errors)")
        return true
    }

    /// The models and checkpoints that a disk could not take are missing, and only those.
    private func losses(_ run: SoakRun, models: [Int]) throws -> [String] {
        let files = try run.text("files").split(separator: "\n").map(String.init)
        var losses = files.filter { $0.contains(/\.(partial|removed)/) }
        for place in models.map({ "models/step-\($0)" }) + ["model"] {
            let isThere = files.contains("disk/run/\(place)/model.safetensors")
            let isTold = place != "model" && run.errors.contains("\(place): it cannot be written")
            if isThere == isTold { losses.append("\(place) is there: \(isThere)") }
        }
        return losses
    }

    /// Survived: a disk that is full for some steps costs no line and no model but those it could
    /// not take then.
    @Test func aDiskThatIsFullForAWhile() throws {
        try withTemporaryFolder { folder in
            let run = try SoakRun(folder)
            let script = """
                "$0" "$@" 2> errors > output & child=$!
                await '[ -s disk/run/metrics.jsonl ]'
                head -c 20000000 /dev/zero > disk/ballast 2> /dev/null
                await 'grep -q "cannot be written" errors'
                rm disk/ballast
                finish
                """
            let arguments = run.arguments(
                steps: 60, ["--set", "training.save_every=20"], output: "disk/run")
            guard try shell(script, run, arguments, case: "a full tmpfs") else { return }
            let losses = try losses(run, models: [20, 40])
            let survives =
                try run.text("status") == "0\n" && run.text("lines") == "60\n" && losses.isEmpty
            #expect(survives, "\(losses), \(run.errors)")
            try Soak.record(
                suite: "disk", case: "a full tmpfs", tried: 1, survived: survives ? 1 : 0,
                note: "all 60 lines of metrics.jsonl")
        }
    }

    /// Survived: while a folder is read-only, what belongs into it is said to be missing; the run
    /// goes on, and saves there when it can again.
    @Test func aFolderThatIsReadOnlyForAWhile() throws {
        try withTemporaryFolder { folder in
            let run = try SoakRun(folder)
            let name = "models/ is remounted read-only"
            let script = """
                mount -o remount,size=60m disk || exit 99
                "$0" "$@" 2> errors > output & child=$!
                await '[ -d disk/run/models/step-5 ]'
                mount --bind disk/run/models disk/run/models || exit 99
                mount -o remount,bind,ro disk/run/models || exit 99
                await 'grep -q "cannot be written" errors'
                umount disk/run/models || exit 97
                finish
                """
            let arguments = run.arguments(
                steps: 60, ["--set", "training.save_every=5"], output: "disk/run")
            guard try shell(script, run, arguments, case: name) else { return }
            let losses = try losses(run, models: Array(stride(from: 5, to: 60, by: 5)))
            let survives =
                try run.text("status") == "0\n" && run.text("lines") == "60\n" && losses.isEmpty
                && run.errors.contains("Read-only file system")
            #expect(survives, "\(losses), \(run.errors)")
            try Soak.record(
                suite: "disk", case: name, tried: 1, survived: survives ? 1 : 0,
                note: "all 60 lines; only the models of that time are missing")
        }
    }

    /// Survived: exit code 1 or 2, the folder's name, and nothing of the run.
    @Test func aRunOnAReadOnlyDiskIsRefused() throws {
        try withTemporaryFolder { folder in
            let run = try SoakRun(folder)
            let name = "a new run on a read-only disk"
            let script = """
                mount -o remount,ro disk || exit 99
                "$0" "$@" 2> errors > output; echo $? > status; ls -A disk > files
                """
            let arguments = run.arguments(steps: 2, output: "disk/run")
            guard try shell(script, run, arguments, case: name) else { return }
            let survives =
                try run.text("status") == "2\n" && run.text("files").isEmpty
                && run.errors.contains("disk/run: the run's folder cannot be written")
            #expect(survives, "\(run.errors)")
            try Soak.record(suite: "disk", case: name, tried: 1, survived: survives ? 1 : 0)
        }
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
            suite: "disk", case: "ulimit -f", tried: limits.count, survived: survived,
            note: "\(ended) ended with the message, the largest limit did without")
    }
}
