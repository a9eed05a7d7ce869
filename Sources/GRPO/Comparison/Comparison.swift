package import Foundation

/// What `grpo compare` measured: the content of `comparison.json`, from which the reports are made.
///
/// Whatever was not measured is absent (`nil`, no entry, an empty list); reports then say so.
package struct Comparison: Sendable, Equatable, Codable {
    /// The task, the budgets and the machine.
    package var settings: Settings
    /// One training each of an algorithm, a budget and a seed.
    package var runs: [Run]
    /// What a step of each algorithm takes.
    package var costs: [Algorithm: Cost]
    /// The policy gradient under each baseline, over the same rollouts of a fixed policy.
    package var baselines: [Baseline: BaselineQuality]
    /// The time to sample for one prompt, by the number of completions.
    package var samplingPrices: [SamplingPrice]

    /// A result of these settings, of which nothing need be measured yet.
    package init(
        settings: Settings, runs: [Run] = [], costs: [Algorithm: Cost] = [:],
        baselines: [Baseline: BaselineQuality] = [:], samplingPrices: [SamplingPrice] = []
    ) {
        self.settings = settings
        self.runs = runs
        self.costs = costs
        self.baselines = baselines
        self.samplingPrices = samplingPrices
    }

    /// The task, the budgets and the machine.
    package struct Settings: Sendable, Equatable, Codable {
        /// What is learned, in words.
        package var task: String
        /// The policy's parameters.
        package var modelParameters: Int
        package var seeds: [UInt64]
        /// Generated tokens a run; `nil` without runs of this budget.
        package var tokenBudget: Int?
        /// Wall time a run; `nil` without runs of this budget.
        package var secondsBudget: Double?
        package var promptsPerStep: Int?
        /// Completions sampled for each prompt.
        package var completionsPerPrompt: [Algorithm: Int]
        /// Held-out prompts of which the accuracy is taken.
        package var evaluationPrompts: Int?
        package var machine: Machine
        /// With which the measurement is repeated.
        package var command: String?

        /// Settings of a comparison.
        package init(
            task: String, modelParameters: Int, seeds: [UInt64], tokenBudget: Int? = nil,
            secondsBudget: Double? = nil, promptsPerStep: Int? = nil,
            completionsPerPrompt: [Algorithm: Int] = [:], evaluationPrompts: Int? = nil,
            machine: Machine, command: String? = nil
        ) {
            self.task = task
            self.modelParameters = modelParameters
            self.seeds = seeds
            self.tokenBudget = tokenBudget
            self.secondsBudget = secondsBudget
            self.promptsPerStep = promptsPerStep
            self.completionsPerPrompt = completionsPerPrompt
            self.evaluationPrompts = evaluationPrompts
            self.machine = machine
            self.command = command
        }
    }

    /// Where the comparison ran.
    package struct Machine: Sendable, Equatable, Codable {
        package var cores: Int
        package var processor: String
        /// The version of libtorch.
        package var libtorch: String

        /// A machine.
        package init(cores: Int, processor: String, libtorch: String) {
            self.cores = cores
            self.processor = processor
            self.libtorch = libtorch
        }
    }
}

extension Comparison {
    /// The result as JSON that is the same for the same result: sorted keys, and `"nan"`, `"inf"`,
    /// `"-inf"` for the numbers that JSON lacks, so that one bad number does not lose the others.
    ///
    /// - Throws: never for a result of this type; the encoder's signature asks for it.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(self)
    }

    /// Reads what ``json()`` wrote.
    ///
    /// - Throws: `DecodingError`, which names the key.
    package init(json: Data) throws {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        self = try decoder.decode(Self.self, from: json)
    }
}
