extension Comparison {
    /// Solved among tried.
    package struct Tally: Sendable, Equatable, Codable {
        package var successes: Int
        package var trials: Int

        /// A tally.
        package init(successes: Int, trials: Int) {
            self.successes = successes
            self.trials = trials
        }

        /// The share; `nil` where nothing was tried.
        var share: Double? { trials > 0 ? Double(successes) / Double(trials) : nil }
        /// The share with Wilson's interval.
        var estimate: Estimate {
            Estimate(successes: Double(successes), trials: Double(trials))
        }
    }

    /// A point of a learning curve.
    package struct Point: Sendable, Equatable, Codable {
        package var step: Int
        /// Tokens generated so far.
        package var tokens: Int
        /// Wall time of training so far, without the evaluations.
        package var seconds: Double
        /// Greedy accuracy on the held-out prompts, where it was taken.
        package var accuracy: Tally?
        /// The mean reward of the step's rollouts.
        package var meanReward: Double?

        /// A point; step 0 is the warm start.
        package init(
            step: Int, tokens: Int, seconds: Double, accuracy: Tally? = nil,
            meanReward: Double? = nil
        ) {
            self.step = step
            self.tokens = tokens
            self.seconds = seconds
            self.accuracy = accuracy
            self.meanReward = meanReward
        }
    }

    /// One training.
    package struct Run: Sendable, Equatable, Codable {
        package var algorithm: Algorithm
        package var budget: Budget
        package var seed: UInt64
        /// The learning curve, from the warm start on.
        package var points: [Point]
        /// The accuracy at the end.
        package var final: Tally?
        /// The best accuracy on the way.
        package var best: Tally?

        /// A run; `final` and `best` are taken from the points where they are not given.
        package init(
            _ algorithm: Algorithm, budget: Budget, seed: UInt64, points: [Point],
            final: Tally? = nil, best: Tally? = nil
        ) {
            self.algorithm = algorithm
            self.budget = budget
            self.seed = seed
            self.points = points
            let tallies = points.compactMap(\.accuracy).filter { $0.trials > 0 }
            self.final = final ?? tallies.last
            self.best = best ?? tallies.max { ($0.share ?? 0) < ($1.share ?? 0) }
        }

        /// The largest fall of the accuracy below the best before it (the maximum drawdown).
        var largestFall: Double? {
            let shares = points.compactMap { $0.accuracy?.share }
            guard shares.count > 1 else { return nil }
            var (best, fall) = (0.0, 0.0)
            for share in shares {
                best = max(best, share)
                fall = max(fall, best - share)
            }
            return fall
        }

        /// The wall time for 1,000 generated tokens.
        var secondsPerThousandTokens: Double? {
            guard let last = points.last, last.tokens > 0, last.seconds > 0,
                last.seconds.isFinite
            else { return nil }
            return 1000 * last.seconds / Double(last.tokens)
        }
    }

    /// What a step of one algorithm takes.
    package struct Cost: Sendable, Equatable, Codable {
        /// Mean seconds a step; stages that the algorithm lacks are absent.
        package var stageSeconds: [Stage: Double]
        /// Bytes.
        package var memory: [MemoryPart: Int]
        /// The largest memory of the process, in bytes.
        package var peakMemory: Int?
        /// Parameters trained beside the policy's own: of the value network, or of the value head.
        package var valueParameters: Int?
        /// Lines of code of the step: its loss, its targets and, with one, its value network.
        package var linesOfCode: Int?

        /// A cost.
        package init(
            stageSeconds: [Stage: Double] = [:], memory: [MemoryPart: Int] = [:],
            peakMemory: Int? = nil, valueParameters: Int? = nil, linesOfCode: Int? = nil
        ) {
            self.stageSeconds = stageSeconds
            self.memory = memory
            self.peakMemory = peakMemory
            self.valueParameters = valueParameters
            self.linesOfCode = linesOfCode
        }

        /// Seconds a step, all stages; `nil` where no stage was timed.
        var stepSeconds: Double? {
            stageSeconds.isEmpty ? nil : Stage.allCases.compactMap { stageSeconds[$0] }.reduce(0, +)
        }
    }

    /// What a baseline does to the policy gradient, over the same rollouts of a fixed policy.
    package struct BaselineQuality: Sendable, Equatable, Codable {
        /// Prompts over which the gradients were taken.
        package var prompts: Int
        /// Variance of the per-prompt gradient around its mean over the mean's squared norm.
        package var relativeVariance: Interval?
        /// Its ratio to the one without a baseline, resampled over the same prompts; a sharper
        /// comparison than the two intervals.
        package var varianceRatioToNone: Interval?
        /// The share of the variance of many-sample Monte Carlo values that the baseline explains.
        package var explainedVariance: Interval?
        /// The cosine of the policy gradient with this baseline to the one with the many-sample
        /// Monte Carlo baseline.
        package var cosineToMonteCarlo: Interval?
        /// The cosine of the gradient before and after 1 is added to every reward.
        package var cosineAfterRewardShift: Double?

        /// The quality of a baseline.
        package init(
            prompts: Int, relativeVariance: Interval? = nil, varianceRatioToNone: Interval? = nil,
            explainedVariance: Interval? = nil, cosineToMonteCarlo: Interval? = nil,
            cosineAfterRewardShift: Double? = nil
        ) {
            self.prompts = prompts
            self.relativeVariance = relativeVariance
            self.varianceRatioToNone = varianceRatioToNone
            self.explainedVariance = explainedVariance
            self.cosineToMonteCarlo = cosineToMonteCarlo
            self.cosineAfterRewardShift = cosineAfterRewardShift
        }
    }

    /// The time to sample for one prompt.
    package struct SamplingPrice: Sendable, Equatable, Codable {
        /// Completions of the prompt.
        package var completions: Int
        package var secondsPerPrompt: Double

        /// A price.
        package init(completions: Int, secondsPerPrompt: Double) {
            self.completions = completions
            self.secondsPerPrompt = secondsPerPrompt
        }
    }
}
