import Testing

@testable import GRPO

@Suite struct ComparisonStatisticsTests {
    /// Tables of Student's distribution, two-sided 95 %.
    @Test(arguments: [
        (1, 12.706205), (2, 4.302653), (3, 3.182446), (4, 2.776445), (5, 2.570582), (9, 2.262157),
        (30, 2.042272), (100, 1.983972),
    ])
    func quantilesAreStudents(degreesOfFreedom: Int, expected: Double) {
        let quantile = studentQuantile(0.975, degreesOfFreedom: degreesOfFreedom)
        #expect(abs(quantile - expected) < 1e-6)
        let probability = studentProbability(quantile, degreesOfFreedom: degreesOfFreedom)
        #expect(abs(probability - 0.975) < 1e-12)
    }

    @Test func intervalOfAMeanIsStudents() throws {
        let mean = try #require(SeedMean([1, 2, 3]))
        #expect(mean.count == 3 && mean.interval.value == 2 && mean.deviation == 1)
        let ends = try #require(mean.interval.ends)
        #expect(abs(ends.lowerBound - (2 - 2.484138)) < 1e-6)
        #expect(abs(ends.upperBound - (2 + 2.484138)) < 1e-6)
    }

    @Test func numbersThatAreNotFiniteAreNoSeeds() {
        #expect(SeedMean([.nan, 4, .infinity])?.interval == Interval(4))
        #expect(SeedMean([.nan]) == nil)
        #expect(SeedMean([]) == nil)
    }

    @Test func oneSeedHasWilsonsInterval() throws {
        let mean = try #require(SeedMean(tallies: [.init(successes: 482, trials: 500)]))
        #expect(mean.interval == Interval(Estimate(successes: 482, trials: 500)))
        #expect(mean.deviation == nil)
    }

    @Test func seedsThatAgreeAreNotCertain() throws {
        let tally = Comparison.Tally(successes: 20, trials: 20)
        let mean = try #require(SeedMean(tallies: [tally, tally, tally]))
        #expect(mean.interval == Interval(Estimate(successes: 20, trials: 20)))
    }

    @Test func accuracyStaysWithinZeroAndOne() throws {
        let mean = try #require(
            SeedMean(tallies: [.init(successes: 9, trials: 10), .init(successes: 10, trials: 10)]))
        #expect(mean.interval.ends?.upperBound == 1)
        #expect(SeedMean(tallies: [.init(successes: 0, trials: 0)]) == nil)
    }

    /// Newcombe 1998, table II, method 10: 56 of 70 against 48 of 80.
    @Test func differenceOfSharesIsNewcombes() throws {
        let difference = shareDifference(
            Estimate(successes: 56, trials: 70), Estimate(successes: 48, trials: 80))
        let ends = try #require(difference.ends)
        #expect(abs(difference.value - 0.2) < 1e-12)
        #expect(abs(ends.lowerBound - 0.0524) < 5e-5)
        #expect(abs(ends.upperBound - 0.3339) < 5e-5)
    }

    @Test func differencesAreTakenSeedBySeed() throws {
        // The seeds differ far more than the algorithms do.
        var result = Comparison(settings: .sample())
        for (seed, base) in [100, 200, 300].enumerated() {
            result.runs.append(.line(.grpo, seed: UInt64(seed), to: base + 20 + seed))
            result.runs.append(.line(.rloo, seed: UInt64(seed), to: base))
        }
        let difference = try #require(result.finalDifference(.grpo, .rloo, .tokens))
        #expect(abs(difference.value - 21.0 / 500) < 1e-12)
        #expect(difference.isAbove(0) == true)
    }

    @Test func largestFallIsFromTheBestBefore() {
        let shares = [10, 40, 30, 60, 20, 50]
        let run = Comparison.Run(
            .grpo, budget: .tokens, seed: 0,
            points: shares.enumerated().map { index, solved in
                .init(
                    step: index, tokens: index, seconds: 0,
                    accuracy: .init(successes: solved, trials: 100))
            })
        #expect(abs((run.largestFall ?? 0) - 0.4) < 1e-12)
        #expect(run.final?.successes == 50 && run.best?.successes == 60)
    }
}

@Suite struct LearningCurveTests {
    private func run(seed: UInt64 = 0, _ points: [(tokens: Int, solved: Int)]) -> Comparison.Run {
        .init(
            .grpo, budget: .tokens, seed: seed,
            points: points.map { point in
                .init(
                    step: 0, tokens: point.tokens, seconds: 0,
                    accuracy: .init(successes: point.solved, trials: 100))
            })
    }

    @Test func interpolationIsLinearAndStaysWithinTheCurve() throws {
        let curve = LearningCurve(run([(0, 20), (100, 40), (300, 80)]), over: .tokens)
        let share = { (x: Double) in curve.interpolated(at: x) { $0.estimate.value } }
        #expect(share(0) == 0.2 && share(300) == 0.8)
        #expect(abs(try #require(share(50)) - 0.3) < 1e-12)
        #expect(abs(try #require(share(200)) - 0.6) < 1e-12)
        #expect(share(301) == nil && share(-1) == nil)
    }

    @Test func pointsAreSortedAndTheLastOfAPlaceCounts() {
        let curve = LearningCurve(run([(100, 40), (0, 20), (100, 60)]), over: .tokens)
        #expect(curve == LearningCurve(run([(0, 20), (100, 60)]), over: .tokens))
    }

    @Test func bandEndsWithTheFirstSeedAndSpansTheSeeds() throws {
        let runs = [run(seed: 0, [(0, 20), (100, 40)]), run(seed: 1, [(0, 30), (200, 70)])]
        let band = CurveBand(.grpo, runs: runs, over: .tokens, places: 3)
        #expect(band.samples.map(\.x) == [0, 50, 100])
        let last = try #require(band.samples.last)
        #expect(abs(last.mean - 0.45) < 1e-12)
        #expect(abs(last.lower - 0.4) < 1e-12 && abs(last.upper - 0.5) < 1e-12)
    }

    @Test func bandOfOneSeedIsWilsons() throws {
        let band = CurveBand(.grpo, runs: [run([(0, 20), (100, 40)])], over: .tokens)
        let wilson = Estimate(successes: 40, trials: 100)
        let last = try #require(band.samples.last)
        #expect(last.lower == wilson.lower && last.upper == wilson.upper)
    }

    @Test func curvesWithoutPointsHaveNoBand() {
        #expect(CurveBand(.grpo, runs: [], over: .tokens).samples.isEmpty)
        #expect(CurveBand(.grpo, runs: [run([])], over: .tokens).samples.isEmpty)
        #expect(CurveBand(.grpo, runs: [run([(5, 1)])], over: .tokens).samples.count == 1)
    }
}

@Suite struct ChartTests {
    @Test(arguments: [
        (0.96, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (400_000.0, ["0", "100k", "200k", "300k", "400k"]),
        (121, ["0", "25", "50", "75", "100", "125"]),
        (1.1, ["0", "0.25", "0.50", "0.75", "1.00", "1.25"]),
        (4_600_000, ["0", "1M", "2M", "3M", "4M", "5M"]),
        (0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (.nan, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ])
    func ticksAreRound(maximum: Double, labels: [String]) {
        #expect(ChartAxis(maximum: maximum).labels() == labels)
    }

    @Test func axisMayEndAtTheLastPlace() {
        let axis = ChartAxis(maximum: 402_000, endsAtTick: false)
        #expect(axis.end == 402_000 && axis.labels() == ["0", "100k", "200k", "300k", "400k"])
        #expect(axis.share(402_000) == 1)
    }

    @Test func labelsKeepTheirDistance() {
        let spread = LineChart.spread([10, 11, 12, 95, 99], gap: 15, within: 5...100)
        #expect(zip(spread, spread.dropFirst()).allSatisfy { $1 - $0 >= 15 })
        #expect(spread.allSatisfy { (5...100).contains($0) })
    }

    @Test(arguments: [
        (0.0, "0 s"), (0.0462, "46.2 ms"), (32.51, "32.5 s"), (1234, "1,234 s"),
        (.nan, "not measured"), (.infinity, "not measured"),
    ])
    func secondsHaveThreeDigits(seconds: Double, text: String) {
        #expect(ReportFormat.seconds(seconds) == text)
    }

    @Test func negativeNumbersHaveAMinusAndZeroHasNone() {
        #expect(ReportFormat.number(-1234.5, digits: 1) == "−1,234.5")
        #expect(ReportFormat.number(-0.001, digits: 1) == "0.0")
        #expect(ReportFormat.bytes(1_904_640) == "1.90 MB")
        #expect(
            ReportFormat.accuracy(Interval(0.962, lower: 0.941, upper: 0.976))
                == "96.2 % (94.1 to 97.6)")
    }
}

extension Comparison.Run {
    /// From nothing to `solved` of 500 in 1,000 tokens.
    static func line(
        _ algorithm: Comparison.Algorithm, seed: UInt64, to solved: Int, seconds: Double = 1
    ) -> Self {
        Self(
            algorithm, budget: .tokens, seed: seed,
            points: [
                .init(
                    step: 0, tokens: 0, seconds: 0, accuracy: .init(successes: 0, trials: 500)),
                .init(
                    step: 1, tokens: 1000, seconds: seconds,
                    accuracy: .init(successes: solved, trials: 500)),
            ])
    }
}
