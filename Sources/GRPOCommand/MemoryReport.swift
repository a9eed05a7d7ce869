import GRPO
import LanguageModels
import Torch

/// What a run says of its memory before the first step.
struct MemoryReport {
    private let plan: MemoryPlan
    private let available: Int?

    init(_ plan: MemoryPlan, available: Int?) {
        self.plan = plan
        self.available = available
    }

    /// Notes the plan, and warns where it does not fit.
    func show(in terminal: Terminal) {
        terminal.note(summary)
        guard let available, let advice = plan.advice(available: available) else { return }
        terminal.warning(
            "the run may need \(TextFormat.bytes(plan.peak)), but there are "
                + "\(TextFormat.bytes(available)). \(advice)")
    }

    /// `memory: 1.2 GB at the peak, in training, of 8.1 GB (weights 0.4 GB, …)`.
    var summary: String {
        let phase = plan.peaksInTraining ? plan.training : plan.sampling
        let parts = (plan.resident + phase).map { "\($0.name) \(TextFormat.bytes($0.bytes))" }
        return "memory: \(TextFormat.bytes(plan.peak)) at the peak, in "
            + (plan.peaksInTraining ? "training" : "sampling")
            + (available.map { ", of \(TextFormat.bytes($0))" } ?? "")
            + " (\(parts.joined(separator: ", ")))"
    }
}

extension TextFormat {
    /// A size in powers of 1000: `512 B`, `1.23 MB`, `12.3 GB`.
    static func bytes(_ bytes: Int) -> String {
        let short = shortCount(bytes)
        guard let unit = short.last, unit.isLetter else { return "\(short) B" }
        return "\(short.dropLast()) \(unit == "k" ? "kB" : "\(unit)B")"
    }
}

extension LanguageModel {
    /// Lets this process give smaller tensors back to the system where the model is so wide that the
    /// products which fill them take far longer than new pages.
    func returnActivations() {
        if decoder.configuration.hiddenSize >= 512 { Library.returnLargeBlocks(from: 1 << 20) }
    }
}
