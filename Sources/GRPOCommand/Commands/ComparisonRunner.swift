import ArgumentParser
import Foundation
import GRPO
import LanguageModels
import Torch

/// A part of a comparison, as the process that measures it reads it.
enum ComparisonJob: Codable {
    case training(ComparisonTraining, result: String)
    case probe(GradientProbe, result: String)

    /// Measures what a file says and writes the result where it says.
    static func run(file: URL) async throws {
        let job = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
        switch job {
        case .training(let training, let result):
            Library.threadCount = training.settings.threads
            try JSONEncoder().encode(try await training.run()).write(to: URL(filePath: result))
        case .probe(let probe, let result):
            Library.threadCount = probe.settings.threads
            try JSONEncoder.withAnyNumber.encode(try await probe.run())
                .write(to: URL(filePath: result))
        }
    }
}

extension JSONEncoder {
    /// Writes numbers that JSON lacks as text.
    fileprivate static var withAnyNumber: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}

extension JSONDecoder {
    fileprivate static var withAnyNumber: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}

/// The trainings of a comparison one after the other, each in a process of its own.
struct ComparisonRunner {
    let folder: URL
    let settings: ComparisonSettings
    let seeds: [UInt64]
    let task: String
    let command: String
    let terminal: Terminal

    /// Measures everything.
    func measure() throws -> Comparison {
        var result = try Comparison(settings: describe())
        let algorithms = Comparison.Algorithm.allCases
        let total = algorithms.count * seeds.count + 1
        let bar = ProgressBar(terminal, total: total)
        defer { bar.finish() }
        var done = 0
        func report(_ name: String) {
            done += 1
            bar.update(
                ProgressReport(
                    label: "compare", step: done, total: total, fields: [("done", name)],
                    secondsPerStep: nil))
        }
        // Seed by seed, so that what else the machine does meets all algorithms alike.
        for seed in seeds {
            for algorithm in algorithms {
                let outcome = try train(algorithm, seed)
                result.runs += outcome.runs
                result.costs[algorithm, default: outcome.cost].add(outcome.cost)
                report("\(algorithm.rawValue) \(seed)")
            }
        }
        let probe: GradientProbe.Outcome = try measured("probe") {
            .probe(GradientProbe(settings: settings, seed: 0), result: $0)
        }
        (result.baselines, result.samplingPrices) = (probe.baselines, probe.prices)
        report("gradients")
        return result
    }

    private func train(
        _ algorithm: Comparison.Algorithm, _ seed: UInt64
    ) throws -> ComparisonTraining.Outcome {
        try measured("\(algorithm.rawValue)-\(seed)") {
            .training(ComparisonTraining(algorithm, seed: seed, settings: settings), result: $0)
        }
    }

    /// Measures a job in a process of its own and reads what it wrote.
    private func measured<Outcome: Decodable>(
        _ name: String, _ job: (_ result: String) -> ComparisonJob
    ) throws -> Outcome {
        let parts = folder.appending(path: "parts")
        try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
        let result = parts.appending(path: "\(name).json")
        let file = parts.appending(path: "\(name).job.json")
        try JSONEncoder().encode(job(result.path)).write(to: file)
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = ["compare", "--job", file.path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        return try JSONDecoder.withAnyNumber.decode(Outcome.self, from: Data(contentsOf: result))
    }

    private func describe() throws -> Comparison.Settings {
        let model = try LanguageModel(folder: URL(filePath: settings.model))
        return Comparison.Settings(
            task: task, modelParameters: model.decoder.configuration.parameterCount, seeds: seeds,
            tokenBudget: settings.tokenBudget, secondsBudget: settings.secondsBudget,
            promptsPerStep: settings.promptsPerStep,
            completionsPerPrompt: Dictionary(
                uniqueKeysWithValues: Comparison.Algorithm.allCases.map {
                    ($0, settings.groupSize)
                }),
            evaluationPrompts: settings.evaluationPrompts,
            machine: Comparison.Machine(
                cores: ProcessInfo.processInfo.activeProcessorCount, processor: Self.processor,
                libtorch: Library.headerVersion), command: command)
    }

    /// The processor's name, as Linux tells it.
    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line.flatMap { $0.split(separator: ":").last.map(String.init) }?
            .trimmingCharacters(in: .whitespaces) ?? "unknown processor"
    }
}

extension Comparison.Cost {
    /// The largest memory of the trainings of an algorithm; stages are those of the first.
    fileprivate mutating func add(_ other: Self) {
        peakMemory = [peakMemory, other.peakMemory].compactMap(\.self).max()
        memory.merge(other.memory, uniquingKeysWith: max)
    }
}
