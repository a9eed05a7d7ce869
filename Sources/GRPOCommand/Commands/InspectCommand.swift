import ArgumentParser
import Foundation
import GRPO
import LanguageModels

/// `grpo inspect`: what a model folder holds and needs.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Says what a model folder holds, what it needs, and what is odd about it.",
        discussion: """
            Reads headers and small files, never the weights. A run folder stands for its model, \
            and the folder of a PEFT adapter is described too.
            """)

    @Argument(help: "The folder of a model, a run or an adapter.")
    var folder: String

    @Option(help: "Tokens of a prompt, for the memory.")
    var promptTokens = 256

    @Option(help: "Tokens of a completion, for the memory.")
    var maxNewTokens = 256

    @Option(help: "Rank of the adapters, for the memory.")
    var rank = 16

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func validate() throws {
        for (flag, value) in [
            ("--prompt-tokens", promptTokens), ("--max-new-tokens", maxNewTokens), ("--rank", rank),
        ] where value < 1 || value > 1 << 24 {
            throw ValidationError("\(flag) \(value): expected 1 to \(1 << 24).")
        }
    }

    func run() throws {
        let terminal = Terminal(quiet: false, json: json)
        var place = URL(filePath: folder)
        let model = place.appending(path: "model")
        if !Self.isDescribed(place), Self.isDescribed(model) { place = model }
        if AdapterFolder.isThere(place) {
            let adapter = try AdapterInspection(folder: place)
            terminal.result(AdapterReport(adapter, color: terminal.usesColor).text)
            terminal.jsonLine(try Self.line(adapter))
            return try Self.fail(for: adapter.findings)
        }
        let inspection = try ModelInspection(folder: place)
        let report = InspectionReport(
            inspection, promptTokens: promptTokens, maxNewTokens: maxNewTokens, rank: rank)
        terminal.result(report.text(color: terminal.usesColor))
        terminal.jsonLine(try Self.line(report))
        try Self.fail(for: inspection.findings)
    }

    /// Whether a folder is that of a model or an adapter, and not that of a run.
    private static func isDescribed(_ folder: URL) -> Bool {
        AdapterFolder.isThere(folder)
            || FileManager.default.fileExists(atPath: folder.appending(path: "config.json").path)
    }

    private static func fail(for findings: [ModelInspection.Finding]) throws {
        if findings.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
    }

    private static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
