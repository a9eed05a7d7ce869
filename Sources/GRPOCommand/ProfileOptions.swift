import ArgumentParser
import Foundation
import GRPO

/// Where the time goes, on request.
struct ProfileOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Write profile.txt, a table of the stages' times, and trace.json into the run's folder.",
            discussion: """
                chrome://tracing and ui.perfetto.dev show trace.json. With a GPU the program then \
                waits for it at the ends of every stage, so that its time is that of the stage: \
                the run is slower for it.
                """))
    var profile = false

    /// Ready to record, where asked for.
    func recording() -> ProfileRecording { ProfileRecording(profile: profile ? Profile() : nil) }
}

/// The profile of a command, if one was asked for.
struct ProfileRecording {
    let profile: Profile?

    /// Records what `body` does.
    func callAsFunction<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let profile else { return try body() }
        return try profile.record(body)
    }

    /// Records what `body` does.
    func callAsFunction<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        guard let profile else { return try await body() }
        return try await profile.record(body)
    }

    /// Writes the profile into the run's folder and shows the table; a run that has trained a model
    /// does not fail for it.
    func finish(in folder: String, _ terminal: Terminal) {
        guard let profile else { return }
        do {
            try profile.write(to: URL(filePath: folder))
            terminal.note("\n" + profile.table)
        } catch {
            terminal.warning("\(error)")
        }
    }
}
