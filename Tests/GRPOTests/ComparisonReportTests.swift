import Foundation
import Testing

@testable import GRPO

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct ComparisonReportTests {
    private static let empty = Comparison(settings: .sample())

    /// Runs that stopped before anything was measured, and numbers that went wrong.
    private static let broken: Comparison = {
        var result = Comparison.sample()
        result.runs[0].points = []
        result.runs[1].points = [.init(step: 0, tokens: 0, seconds: .nan)]
        result.runs[2].points = [
            .init(
                step: 0, tokens: 0, seconds: .infinity, accuracy: .init(successes: 0, trials: 0),
                meanReward: .nan)
        ]
        result.costs[.grpo]?.stageSeconds[.sampling] = .nan
        result.costs[.rloo] = .init()
        result.baselines[.groupMean]?.relativeVariance = Interval(.nan, lower: .nan, upper: 1)
        result.baselines[.none]?.relativeVariance = Interval(3, lower: -.infinity, upper: .infinity)
        result.baselines[.valueShared]?.explainedVariance = Interval(-.infinity)
        result.samplingPrices[0].secondsPerPrompt = 0
        return result
    }()

    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let result: Comparison
    }

    static let examples = [
        Example(testDescription: "everything", result: .sample()),
        Example(testDescription: "one seed", result: .sample(seeds: 1)),
        Example(testDescription: "nothing", result: empty),
        Example(testDescription: "bad numbers", result: broken),
    ]

    @Test(arguments: examples)
    func jsonIsReadBackAndStable(_ example: Example) throws {
        let json = try example.result.json()
        let back = try Comparison(json: json)
        #expect(try back.json() == json)
        #expect(ComparisonReport.html(back) == ComparisonReport.html(example.result))
        #expect(ComparisonReport.markdown(back) == ComparisonReport.markdown(example.result))
        if example.testDescription != "bad numbers" { #expect(back == example.result) }
    }

    @Test func jsonHasTheNamesOfTheChoices() throws {
        let text = String(decoding: try Comparison.sample(seeds: 1).json(), as: UTF8.self)
        for name in ["\"ppo-separate\" : {", "\"value-training\" : ", "\"group-mean\" : {"] {
            #expect(text.contains(name))
        }
    }

    @Test(arguments: examples)
    func pageIsWellFormedAndLoadsNothing(_ example: Example) throws {
        let html = ComparisonReport.html(example.result)
        let parser = XMLParser(data: Data(html.utf8))
        #expect(
            parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
        for loading in ["<script", "<link", "src=", "href=", "url(", "@import"] {
            #expect(!html.contains(loading))
        }
        #expect(html.contains("prefers-color-scheme: dark"))
    }

    @Test(arguments: examples)
    func outputHasNoBadNumbers(_ example: Example) {
        for text in [
            ComparisonReport.html(example.result), ComparisonReport.markdown(example.result),
        ] {
            let words = text.lowercased().split { !$0.isLetter }
            #expect(!words.contains("nan") && !words.contains("inf") && !words.contains("infinity"))
            #expect(!text.contains("Optional") && !text.contains("nil"))
        }
    }

    @Test func everyPictureHasATitleAndADescription() {
        let html = ComparisonReport.html(.sample())
        let pictures = html.components(separatedBy: "<svg").dropFirst()
        #expect(pictures.count == 5)
        for picture in pictures {
            #expect(picture.contains("role=\"img\"") && picture.contains("<desc id="))
        }
        let identifiers = html.matches(of: /\sid="([^"]+)"/).map { String($0.output.1) }
        #expect(Set(identifiers).count == identifiers.count)
    }

    @Test func whatIsMissingIsNotMeasured() {
        let markdown = ComparisonReport.markdown(Self.empty)
        #expect(markdown.components(separatedBy: "This was not measured.").count - 1 == 7)
        #expect(!ComparisonReport.html(Self.empty).contains("<svg"))
        var partial = Comparison.sample()
        partial.runs.removeAll { $0.algorithm == .rloo }
        partial.costs[.reinforce]?.memory[.activations] = nil
        let rows = ComparisonReport.markdown(partial).split(separator: "\n")
        let missing = Array(repeating: "not measured", count: 6).joined(separator: " | ")
        #expect(rows.contains("| RLOO | \(missing) |"))
        #expect(rows.contains { $0.hasPrefix("| REINFORCE | 1.90 MB") && $0.contains("not meas") })
    }

    @Test func bothFormsHaveTheSameNumbers() {
        let document = ReportDocument(.sample())
        let html = ComparisonReport.html(.sample())
        let markdown = ComparisonReport.markdown(.sample())
        for case .figure(let figure) in document.sections.flatMap(\.blocks) {
            for cell in figure.table.rows.joined() where cell != ReportFormat.missing {
                #expect(html.contains(Markup.escaped(cell)))
                #expect(markdown.replacing("\\", with: "").contains(cell))
            }
        }
    }

    @Test func textIsEscaped() {
        var result = Comparison.sample(seeds: 1)
        result.settings.task = "<b>a|b</b> & \"*c*\"\u{1}\n# d"
        let html = ComparisonReport.html(result)
        #expect(html.contains("&lt;b&gt;a|b&lt;/b&gt; &amp; &quot;*c*&quot; # d"))
        #expect(!html.contains("<b>"))
        let markdown = ComparisonReport.markdown(result)
        #expect(markdown.contains("&lt;b>a\\|b&lt;/b> &amp; \"\\*c\\*\""))
        #expect(!markdown.contains("\n# d"))
    }

    @Test func tablesAreRectangular() {
        for example in Self.examples {
            for block in ReportDocument(example.result).sections.flatMap(\.blocks) {
                let table: ReportTable? =
                    switch block {
                    case .table(let table): table
                    case .figure(let figure): figure.table
                    default: nil
                    }
                #expect(table?.rows.allSatisfy { $0.count == table?.header.count } ?? true)
            }
        }
    }

    @Test func labelsOfLinesDoNotOverlap() {
        for example in Self.examples {
            let html = ComparisonReport.html(example.result)
            for picture in html.components(separatedBy: "<svg").dropFirst() {
                let heights = picture.matches(
                    of: /class="name" x="[\d.]+" y="([\d.]+)" text-anchor="start"/
                ).compactMap { Double($0.output.1) }.sorted()
                #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 - $0 >= 16.8 })
            }
        }
    }
}
