/// Rows under a header; the first column is text, the others are numbers.
struct ReportTable: Equatable {
    var header: [String]
    var rows: [[String]]
}

/// A picture and the numbers it shows.
struct ReportFigure: Equatable {
    var svg: String
    var caption: String
    var table: ReportTable
}

/// A part of a section, written as Markdown or as HTML.
enum ReportBlock: Equatable {
    case text(String)
    case table(ReportTable)
    /// In Markdown its table alone.
    case figure(ReportFigure)
    case findings([Finding])
}

/// A heading and what stands below it.
struct ReportSection: Equatable {
    var title: String
    var blocks: [ReportBlock]
}

/// What both forms of a report say.
struct ReportDocument: Equatable {
    var title: String
    /// What was compared, in a sentence or two.
    var lead: String
    var sections: [ReportSection]

    /// The document of a result.
    init(_ result: Comparison) {
        title = "GRPO, PPO, RLOO and REINFORCE, measured"
        lead = Self.lead(result.settings)
        sections = [
            Self.claims(result), Self.accuracy(result), Self.curve(result, .tokens),
            Self.curve(result, .seconds), Self.stages(result), Self.memory(result),
            Self.noise(result), Self.values(result), Self.method(result.settings),
        ]
    }

    private static func lead(_ settings: Comparison.Settings) -> String {
        var budgets: [String] = []
        if let tokens = settings.tokenBudget {
            budgets.append("\(ReportFormat.count(tokens)) generated tokens")
        }
        if let seconds = settings.secondsBudget {
            budgets.append("\(ReportFormat.number(seconds)) seconds")
        }
        let budget = budgets.isEmpty ? "" : ", for \(budgets.joined(separator: " and again for "))"
        return
            "\(settings.task). A policy of \(ReportFormat.count(settings.modelParameters)) "
            + "parameters is trained from the same warm start on the same prompts\(budget), with "
            + "\(Claims.seeds(settings.seeds.count)). Numbers in parentheses are 95 % intervals."
    }

    private static func claims(_ result: Comparison) -> ReportSection {
        let findings = Claim.allCases.map { $0.finding(in: result) }
        let supported = findings.count { $0.verdict == .supported }
        let opposed = findings.count { $0.verdict == .notSupported }
        return ReportSection(
            title: "The article’s claims beside the evidence",
            blocks: [
                .text(
                    "Of \(findings.count) claims of “Understanding GRPO”, this measurement "
                        + "supports \(supported) and speaks against \(opposed); "
                        + "\(findings.count - supported - opposed) stay undecided, where "
                        + "intervals overlap or something was not measured."),
                .findings(findings),
            ])
    }

    private static func method(_ settings: Comparison.Settings) -> ReportSection {
        let groups = Comparison.Algorithm.allCases.compactMap { algorithm in
            settings.completionsPerPrompt[algorithm].map { "\(algorithm.name) \($0)" }
        }
        let seeds = settings.seeds.map(String.init).joined(separator: ", ")
        let machine = settings.machine
        let rows = [
            ["Task", settings.task],
            ["Parameters of the policy", ReportFormat.count(settings.modelParameters)],
            ["Seeds", seeds.isEmpty ? ReportFormat.missing : seeds],
            ["Budget of generated tokens", ReportFormat.count(settings.tokenBudget)],
            ["Budget of wall time", ReportFormat.seconds(settings.secondsBudget)],
            ["Prompts a step", ReportFormat.count(settings.promptsPerStep)],
            [
                "Completions a prompt",
                groups.isEmpty ? ReportFormat.missing : groups.joined(separator: "; "),
            ],
            ["Held-out prompts", ReportFormat.count(settings.evaluationPrompts)],
            ["Machine", "\(machine.processor), \(machine.cores) cores"],
            ["libtorch", machine.libtorch],
            ["Command", settings.command ?? ReportFormat.missing],
        ]
        return ReportSection(
            title: "How it was measured",
            blocks: [
                .table(ReportTable(header: ["Setting", "Value"], rows: rows)),
                .text(
                    "Intervals of means are Student’s over seeds; for a single seed, or where all "
                        + "seeds agree, they are Wilson’s of the accuracy. Differences are taken "
                        + "seed by seed. A claim is supported, or not, where the interval "
                        + "excludes the contrary; bytes, lines of code and the time to sample a group, "
                        + "which have none, have to differ by 5 %."),
            ])
    }
}
