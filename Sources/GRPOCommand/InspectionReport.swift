import Foundation
import GRPO
import LanguageModels

/// What `grpo inspect` says of a model, as text and as JSON.
struct InspectionReport: Encodable {
    struct Memory: Encodable {
        let name: String
        let bytes: Int
        let parts: [MemoryPlan.Part]
    }

    let folder: String
    let modelType: String?
    let parameters: Int
    let files: [String]
    let tensors, bytes: Int
    let bytesByType: [String: Int]
    let layers, hidden, heads, keyValueHeads, headWidth, feedForward, vocabulary, context: Int?
    let stopTokens: [Int]
    let stopTokensOfGenerationConfig, stopTokensOfConfig: [Int]
    let stopTokenOfTokenizer: Int?
    let tokenizer: String?
    let tokens: Int?
    let chatTemplates: [String]
    let memory: [Memory]
    let findings: [ModelInspection.Finding]
    private let assumption: String

    init(_ model: ModelInspection, promptTokens: Int, maxNewTokens: Int, rank: Int) {
        folder = model.folder.relativePath
        modelType = model.modelType
        parameters = model.parameterCount
        files = model.weights.files
        (tensors, bytes) = (model.weights.tensors, model.weights.bytes)
        bytesByType = model.weights.bytesByType
        let shape = model.configuration
        layers = shape?.layerCount
        hidden = shape?.hiddenSize
        heads = shape?.headCount
        keyValueHeads = shape?.keyValueHeadCount
        headWidth = shape?.headWidth
        feedForward = shape?.feedForwardSize
        vocabulary = shape?.vocabularySize
        context = shape?.contextLength
        stopTokens = model.stopTokens?.all.sorted() ?? []
        stopTokensOfGenerationConfig = model.stopTokens?.generation ?? []
        stopTokensOfConfig = model.stopTokens?.configuration ?? []
        stopTokenOfTokenizer = model.stopTokens?.tokenizer
        (tokenizer, tokens) = (model.tokenizer?.kind, model.tokenizer?.size)
        chatTemplates = model.chatTemplates
        findings = model.findings
        let work = MemoryPlan.Workload(
            promptLength: promptTokens, completionLength: maxNewTokens)
        memory = Self.memory(model, work, rank: rank)
        assumption =
            "float32, \(work.groups) prompts of \(promptTokens) tokens, \(work.groupSize) "
            + "completions of \(maxNewTokens) each, micro-batches of \(work.microBatchTokens)"
    }

    /// To sample, to train all weights, to train adapters on the matrices of the blocks.
    private static func memory(
        _ model: ModelInspection, _ work: MemoryPlan.Workload, rank: Int
    ) -> [Memory] {
        guard let shape = model.configuration, model.parameterCount > 0 else { return [] }
        var networks = MemoryPlan.Networks(parameterCount: model.parameterCount)
        networks.outputRows = model.tokenizer.map { min($0.size, shape.vocabularySize) }
        var sampling = work
        sampling.isTraining = false
        var adapters = networks
        adapters.trainableParameterCount = model.blockMatrices.reduce(0) {
            $0 + rank * ($1[0] + $1[1])
        }
        return [
            ("to sample", MemoryPlan(shape, networks, sampling)),
            ("to train", MemoryPlan(shape, networks, work)),
            ("to train, LoRA rank \(rank)", MemoryPlan(shape, adapters, work)),
        ].map { name, plan in
            Memory(
                name: name, bytes: plan.peak,
                parts: plan.resident + (plan.peaksInTraining ? plan.training : plan.sampling))
        }
    }

    enum CodingKeys: String, CodingKey {
        case folder, modelType, parameters, files, tensors, bytes, bytesByType, layers, hidden,
            heads
        case keyValueHeads, headWidth, feedForward, vocabulary, context, stopTokens
        case stopTokensOfGenerationConfig, stopTokensOfConfig, stopTokenOfTokenizer, tokenizer
        case tokens, chatTemplates, memory, findings
    }
}

extension InspectionReport {
    /// A table of two columns, then the findings.
    func text(color: Bool) -> String {
        var lines = rows.map { name, value in
            Ink.dim.on(name.padding(toLength: 16, withPad: " ", startingAt: 0), if: color)
                + TextFormat.printable(value)
        }
        for part in memory {
            let parts = part.parts.map { "\($0.name) \(TextFormat.bytes($0.bytes))" }
            lines.append(
                Ink.dim.on("memory".padding(toLength: 16, withPad: " ", startingAt: 0), if: color)
                    + "\(TextFormat.bytes(part.bytes)) \(part.name): "
                    + parts.joined(separator: ", "))
        }
        if !memory.isEmpty { lines.append("                (\(assumption))") }
        return (lines + findings.map { $0.line(color: color) }).joined(separator: "\n")
    }

    private var rows: [(String, String)] {
        var rows = [
            ("model", "\(modelType ?? "unknown"), \(TextFormat.count(parameters)) parameters")
        ]
        if let layers, let hidden, let heads, let keyValueHeads, let headWidth, let feedForward {
            rows.append(
                (
                    "shape",
                    "\(layers) layers, hidden \(hidden), feed-forward \(feedForward), "
                        + "\(heads) heads of \(headWidth), \(keyValueHeads) key/value"
                ))
        }
        if let context { rows.append(("context", "\(TextFormat.count(context)) tokens")) }
        let types = bytesByType.sorted { $0.value > $1.value }.map(\.key).joined(separator: ", ")
        rows.append(
            (
                "weights",
                "\(types) \(TextFormat.bytes(bytes)), \(tensors) tensors in "
                    + (files.count == 1 ? files[0] : "\(files.count) files")
            ))
        if let tokenizer, let tokens {
            rows.append(
                (
                    "tokenizer",
                    "\(tokenizer), \(TextFormat.count(tokens)) tokens"
                        + (vocabulary.map { ", vocab_size \(TextFormat.count($0))" } ?? "")
                ))
        }
        rows.append(("stop tokens", stopText))
        let templates = chatTemplates.joined(separator: ", ")
        rows.append(("chat template", templates.isEmpty ? "none" : templates))
        return rows
    }

    private var stopText: String {
        guard !stopTokens.isEmpty else { return "none" }
        let sources = stopTokens.map { token in
            var files: [String] = []
            if stopTokensOfGenerationConfig.contains(token) {
                files.append("generation_config.json")
            }
            if stopTokenOfTokenizer == token { files.append("tokenizer_config.json") }
            if stopTokensOfConfig.contains(token) { files.append("config.json") }
            return "\(token) (\(files.joined(separator: ", ")))"
        }
        return sources.joined(separator: ", ")
    }
}

/// What `grpo inspect` says of an adapter.
struct AdapterReport {
    let text: String

    init(_ adapter: AdapterInspection, color: Bool) {
        let rows = [
            ("adapter", "\(adapter.kind), rank \(adapter.rank.map(String.init) ?? "unknown")"),
            ("alpha", adapter.alpha.map { String(format: "%g", $0) } ?? "unknown"),
            ("targets", adapter.targets.joined(separator: ", ")),
            ("base", adapter.base ?? "unknown"),
            (
                "weights",
                "\(TextFormat.count(adapter.parameters)) parameters in \(adapter.tensors) tensors, "
                    + TextFormat.bytes(adapter.bytes)
            ),
        ]
        let lines = rows.map { name, value in
            Ink.dim.on(name.padding(toLength: 16, withPad: " ", startingAt: 0), if: color)
                + TextFormat.printable(value)
        }
        text = (lines + adapter.findings.map { $0.line(color: color) }).joined(separator: "\n")
    }
}

extension ModelInspection.Finding {
    fileprivate func line(color: Bool) -> String {
        (severity == .note ? Ink.cyan : Ink.yellow).on("\(severity.rawValue):", if: color) + " "
            + TextFormat.printable(text)
    }
}
