/// The code that an algorithm has to itself: its step, its baseline, its value network.
///
/// Lines with code on them, without blank lines and comments; a test counts them.
struct StepCode {
    /// In Sources.
    let files: [String]
    let lines: Int

    static let grpo = StepCode(
        files: [
            "GRPO/GRPOStep.swift", "GRPO/GRPOStep+Rollouts.swift", "GRPO/PolicyMiniBatch.swift",
            "GRPO/Advantages+Group.swift",
        ], lines: 243)
    static let ppo = StepCode(
        files: [
            "GRPO/PPOStep.swift", "GRPO/PPOBatch.swift", "GRPO/Experience.swift",
            "GRPO/GeneralizedAdvantages.swift", "GRPO/ValueLoss.swift",
            "LanguageModels/ValueNetwork.swift",
        ], lines: 465)
}
