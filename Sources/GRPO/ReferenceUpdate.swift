import LanguageModels
import NeuralNetwork
import Torch

/// What becomes of the reference over a run.
public enum ReferenceUpdate: Sendable, Equatable {
    /// It stays what it was at the start.
    case frozen
    /// After every `every` steps each weight becomes share · policy + (1 − share) · reference
    /// (TR-DPO, Gorbatovski et al. 2024, arXiv 2404.09656, equations 4 and 5; TRL's
    /// `sync_ref_model`).
    ///
    /// A share of 1 refreshes the reference; a small share in every step makes it the policy's
    /// moving average.
    case mixed(share: Double, every: Int)

    /// Moves the reference after a step.
    ///
    /// - Parameters:
    ///   - reference: is changed in place, if there is one.
    ///   - policy: of the same shape.
    ///   - completedSteps: steps that have been made, the last one included.
    /// - Throws: `UpdateMemoryError`; the reference is what it was then.
    func update(
        _ reference: LanguageModel?, from policy: LanguageModel, completedSteps: Int
    ) throws {
        guard case .mixed(let share, let every) = self, let reference,
            completedSteps.isMultiple(of: every)
        else { return }
        let span = Profile.begin(.referenceUpdate)
        defer { span.end() }
        try withoutGradients {
            let old = reference.decoder.parameters.map(\.value)
            // All before the first changes: a reference that is mixed in part could not be mixed
            // again. It is as large as the gradients, which are gone.
            let mixed = try [Tensor].inMemory(for: "the reference was updated") {
                Failpoint.work("reference")
                return zip(old, policy.decoder.parameters).map { old, new in
                    old * (1 - share) + new.value * share
                }
            }
            for (old, new) in zip(old, mixed) { old.copyInPlace(new) }
        }
    }
}

extension ReferenceUpdate: ConfigurationVariant {
    enum Kind: String, ConfigurationChoice { case frozen, mixed }

    init(kind: Kind) {
        self =
            switch kind {
            case .frozen: .frozen
            case .mixed: .mixed(share: 0.6, every: 512)
            }
    }

    var kind: Kind {
        switch self {
        case .frozen: .frozen
        case .mixed: .mixed
        }
    }

    var numbers: [ConfigurationField<Self>] {
        guard case .mixed(let share, let every) = self else { return [] }
        return [
            ConfigurationField(
                "share", share, allowed: .above(0, upTo: 1, "1 refreshes the reference."),
                "Share of the policy in the new reference (TRL: ref_model_mixup_alpha).",
                with: { .mixed(share: $0, every: every) }),
            ConfigurationField(
                "every", every, allowed: .atLeast(1),
                "Steps between updates of the reference (TRL: ref_model_sync_steps).",
                with: { .mixed(share: share, every: $0) }),
        ]
    }
}
