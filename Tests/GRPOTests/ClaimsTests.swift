import Testing

@testable import GRPO

@Suite struct ClaimsTests {
    /// A change to the sample, in which every sentence is supported, and the verdict on it.
    struct Case: Sendable, CustomTestStringConvertible {
        let claim: Claim
        let verdict: Verdict
        let name: String
        let change: @Sendable (inout Comparison) -> Void

        var testDescription: String { "\(claim), \(name): \(verdict.rawValue)" }

        init(
            _ claim: Claim, _ verdict: Verdict, _ name: String,
            _ change: @escaping @Sendable (inout Comparison) -> Void
        ) {
            (self.claim, self.verdict, self.name, self.change) = (claim, verdict, name, change)
        }
    }

    @Test(arguments: Claim.allCases)
    func sampleSupportsEverySentence(claim: Claim) {
        #expect(claim.finding(in: .sample()).verdict == .supported)
    }

    @Test(arguments: Claim.allCases)
    func nothingMeasuredDecidesNothing(claim: Claim) {
        let finding = claim.finding(in: Comparison(settings: .sample()))
        #expect(finding.verdict == .undecided)
        #expect(finding.evidence.contains("measured"))
    }

    @Test(arguments: counted + trained + sampled)
    func verdictFollowsTheNumbers(_ example: Case) {
        var result = Comparison.sample()
        example.change(&result)
        let finding = example.claim.finding(in: result)
        #expect(finding.verdict == example.verdict, "\(finding.evidence)")
    }

    static let counted = [
        Case(.twoNetworks, .notSupported, "only a head") { $0.costs[.ppoSeparate] = nil },
        Case(.twoNetworks, .undecided, "no parameters") { result in
            for algorithm in Comparison.Algorithm.allCases {
                result.costs[algorithm]?.valueParameters = nil
            }
        },
        Case(.nothingLearned, .notSupported, "parameters") {
            $0.costs[.grpo]?.valueParameters = 7
        },
        Case(.simplerLoop, .notSupported, "longer loop") { $0.costs[.grpo]?.linesOfCode = 500 },
        Case(.simplerLoop, .notSupported, "a head of its own") {
            $0.costs[.grpo]?.valueParameters = 193
        },
        Case(.simplerLoop, .undecided, "lines not counted") {
            $0.costs[.ppoSeparate]?.linesOfCode = nil
        },
        Case(.severalCompletions, .notSupported, "a group costs as much as one") {
            $0.samplingPrices[1].secondsPerPrompt = 0.0021
        },
        Case(.severalCompletions, .undecided, "one completion not timed") {
            $0.samplingPrices.removeFirst()
        },
    ]

    static let trained = [
        Case(.cost, .notSupported, "equal memory") {
            $0.costs[.ppoSeparate]?.peakMemory = 312_000_000
        },
        Case(.cost, .notSupported, "quicker") { $0.scaleSeconds(of: .ppoSeparate, by: 0.5) },
        Case(.cost, .undecided, "times overlap") { result in
            result.scaleSeconds(of: .ppoSeparate, by: 1 / 1.5)
        },
        Case(.cost, .undecided, "one seed has no interval of the time") {
            $0.runs.removeAll { $0.seed > 0 }
        },
        Case(.instability, .notSupported, "GRPO falls") { result in
            result.dip(.grpo, by: 200)
        },
        Case(.instability, .undecided, "one form falls, one rises steadily") { result in
            result.runs.removeAll { $0.algorithm == .ppoShared }
            for seed in 0..<3 { result.runs.append(.line(.ppoShared, seed: UInt64(seed), to: 400)) }
        },
        Case(.instability, .undecided, "one seed") { $0.runs.removeAll { $0.seed > 0 } },
        Case(.moreExperiments, .notSupported, "slower") {
            $0.scaleSeconds(of: .grpo, by: 3)
        },
        Case(.moreExperiments, .notSupported, "quicker and worse") { result in
            result.runs.removeAll { $0.algorithm == .grpo }
            for seed in 0..<3 {
                result.runs.append(
                    .line(.grpo, seed: UInt64(seed), to: 50 + seed, seconds: 0.01))
            }
        },
        Case(.moreExperiments, .undecided, "one seed") { $0.runs.removeAll { $0.seed > 0 } },
    ]

    static let sampled = [
        Case(.valueErrors, .notSupported, "closer than the group mean") { result in
            result.baselines[.groupMean]?.cosineToMonteCarlo = Interval(0.5, lower: 0.4, upper: 0.6)
        },
        Case(.valueErrors, .undecided, "intervals overlap") { result in
            result.baselines[.groupMean]?.cosineToMonteCarlo = Interval(
                0.85, lower: 0.82, upper: 0.88)
        },
        Case(.valueErrors, .undecided, "nothing to compare with") {
            $0.baselines[.groupMean]?.cosineToMonteCarlo = nil
        },
        Case(.relativeScale, .notSupported, "the shift turns the gradient") {
            $0.baselines[.groupMean]?.cosineAfterRewardShift = 0.98
        },
        Case(.relativeScale, .undecided, "a bad number") {
            $0.baselines[.groupMean]?.cosineAfterRewardShift = .nan
        },
        Case(.promptDifficulty, .notSupported, "more noise, by the ratio") {
            $0.baselines[.groupMean]?.varianceRatioToNone = Interval(1.3, lower: 1.1, upper: 1.5)
        },
        Case(.promptDifficulty, .undecided, "ratio around 1") {
            $0.baselines[.groupMean]?.varianceRatioToNone = Interval(0.9, lower: 0.7, upper: 1.1)
        },
        Case(.promptDifficulty, .supported, "less noise, by the intervals") {
            $0.baselines[.groupMean]?.varianceRatioToNone = nil
        },
        Case(.promptDifficulty, .notSupported, "more noise, by the intervals") {
            $0.baselines[.groupMean]?.varianceRatioToNone = nil
            $0.baselines[.none]?.relativeVariance = Interval(20, lower: 18, upper: 22)
        },
        Case(.promptDifficulty, .undecided, "intervals overlap") {
            $0.baselines[.groupMean]?.varianceRatioToNone = nil
            $0.baselines[.none]?.relativeVariance = Interval(45, lower: 40, upper: 50)
        },
    ]

    @Test func evidenceHasTheNumbers() {
        let evidence = Claim.promptDifficulty.finding(in: .sample()).evidence
        #expect(
            evidence
                == "Variance of the per-prompt gradient over its squared mean, 256 prompts: 38.2 "
                + "(33.9 to 43.5) with the group mean, 93.4 (80.3 to 110) without a baseline; "
                + "ratio 0.41 (0.36 to 0.47) over the same prompts.")
    }
}

extension Comparison {
    fileprivate mutating func scaleSeconds(of algorithm: Algorithm, by factor: Double) {
        for index in runs.indices where runs[index].algorithm == algorithm {
            for point in runs[index].points.indices { runs[index].points[point].seconds *= factor }
        }
    }

    /// Lets the accuracy fall once in the middle, a little deeper for each seed.
    fileprivate mutating func dip(_ algorithm: Algorithm, by solved: Int) {
        for index in runs.indices where runs[index].algorithm == algorithm {
            let middle = runs[index].points.count / 2
            let depth = solved + Int(runs[index].seed)
            runs[index].points[middle].accuracy?.successes -= depth
        }
    }
}
