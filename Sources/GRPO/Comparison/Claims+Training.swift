extension Claims {
    /// Of each form, the largest fall of the accuracy below its best so far, against GRPO's on the
    /// same seed.
    static func instability(_ result: Result) -> Judgement {
        var (verdicts, sentences): ([Verdict], [String]) = ([], [])
        for form in forms {
            guard let budget = result.commonBudget(form, .grpo),
                let difference = result.difference(form, .grpo, budget, of: { $0.largestFall })
            else { continue }
            let isAbove =
                difference.minimum < difference.maximum
                ? difference.interval.isAbove(0) : nil
            verdicts.append(Verdict(isAbove))
            sentences.append(fallSentence(result, form, budget, difference))
        }
        guard !verdicts.isEmpty else {
            return (.undecided, "The learning curves of PPO and GRPO were not both measured.")
        }
        return (.agreeing(verdicts), sentences.joined(separator: " "))
    }

    private static func fallSentence(
        _ result: Result, _ form: Result.Algorithm, _ budget: Result.Budget, _ difference: SeedMean
    ) -> String {
        let falls = [form, .grpo].map { algorithm in
            SeedMean(result.runs(algorithm, budget).compactMap(\.largestFall))?.interval.value
        }
        let spreads = [form, .grpo].map { algorithm in
            SeedMean(result.runs(algorithm, budget).compactMap { $0.final?.share })?.deviation
        }
        func points(_ value: Double?) -> String { ReportFormat.points(value.map { Interval($0) }) }
        var text =
            "\(form.name): the accuracy’s largest fall below its best is \(points(falls[0])) points, "
            + "GRPO’s \(points(falls[1])); difference \(ReportFormat.points(difference.interval)), "
            + seeds(difference.count)
        if spreads.allSatisfy({ $0 != nil }) {
            text +=
                "; deviation of the final accuracy between seeds \(points(spreads[0])) and "
                + "\(points(spreads[1])) points"
        }
        return text + "."
    }

    /// Memory and time of PPO with its own network; the shared trunk is told beside it.
    static func cost(_ result: Result) -> Judgement {
        let costs = forms.compactMap { form -> (verdict: Verdict, text: String)? in
            let memory = exceeds(
                result.costs[form]?.peakMemory, result.costs[.grpo]?.peakMemory)
            let time = timeRatio(result, form)
            guard memory != .undecided || time != nil else { return nil }
            return (
                .conjunction([memory, Verdict(time?.isAbove(1))]), costSentence(result, form, time)
            )
        }
        guard let first = costs.first else {
            return (.undecided, "Neither memory nor time of PPO and GRPO were measured.")
        }
        return (first.verdict, costs.map(\.text).joined(separator: " "))
    }

    /// How many times GRPO's time `form` takes for the same tokens.
    private static func timeRatio(_ result: Result, _ form: Result.Algorithm) -> Interval? {
        result.commonBudget(form, .grpo).flatMap {
            result.ratio(form, .grpo, $0) { $0.secondsPerThousandTokens }
        }
    }

    private static func costSentence(
        _ result: Result, _ form: Result.Algorithm, _ time: Interval?
    ) -> String {
        let memory = result.costs[form]?.peakMemory
        let grpoMemory = result.costs[.grpo]?.peakMemory
        let both = memory != nil && grpoMemory != nil
        return "\(form.name): peak memory "
            + (both
                ? "\(ReportFormat.bytes(memory)) against GRPO’s \(ReportFormat.bytes(grpoMemory))"
                : ReportFormat.missing)
            + "; time for the same tokens "
            + (time.map { "\(ReportFormat.ratio($0)) times GRPO’s" } ?? ReportFormat.missing) + "."
    }

    /// More runs in the same time, as long as they are not shown to end worse.
    static func moreExperiments(_ result: Result) -> Judgement {
        let form: Result.Algorithm =
            result.commonBudget(.ppoSeparate, .grpo) == nil ? .ppoShared : .ppoSeparate
        guard let budget = result.commonBudget(form, .grpo), let time = timeRatio(result, form),
            let accuracy = result.finalDifference(.grpo, form, budget)
        else {
            return (.undecided, "Runs of GRPO and PPO with the same budget were not measured.")
        }
        let text =
            "In the time of one run of \(form.name), GRPO generates \(ReportFormat.ratio(time)) "
            + "times the tokens; after equal \(budget.name) its accuracy less PPO’s is "
            + "\(ReportFormat.points(accuracy)) points."
        let isNotWorse: Verdict = accuracy.isAbove(0) == false ? .notSupported : .supported
        return (.conjunction([Verdict(time.isAbove(1)), isNotWorse]), text)
    }

    /// The time to sample a group, against that to sample one completion.
    static func severalCompletions(_ result: Result) -> Judgement {
        let group = result.settings.completionsPerPrompt[.grpo]
        let prices = result.samplingPrices
            .filter { $0.secondsPerPrompt > 0 && $0.secondsPerPrompt.isFinite }
        guard let group, let one = prices.first(where: { $0.completions == 1 }),
            let several = prices.first(where: { $0.completions == group }), group > 1
        else {
            let size =
                group.map { "GRPO sampled \($0) completions for each prompt; what" } ?? "What"
            return (.undecided, "\(size) a group costs against one completion was not measured.")
        }
        let ratio = several.secondsPerPrompt / one.secondsPerPrompt
        var text =
            "Sampling \(group) completions takes \(ReportFormat.seconds(several.secondsPerPrompt)) "
            + "a prompt, \(ReportFormat.number(ratio, digits: 2)) times as long as one."
        if let cost = result.costs[.grpo], let all = cost.stepSeconds, all > 0,
            let sampling = cost.stageSeconds[.sampling]
        {
            text += " Sampling is \(ReportFormat.percent(sampling / all)) of GRPO’s step."
        }
        return (Verdict(ratio >= margin), text)
    }
}
