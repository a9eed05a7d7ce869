import Foundation
import Testing

@testable import GRPOCommand

@Suite struct PlotTests {
    private static let hardValues: [[Double]] = [
        [1e308, -1e308], [.leastNonzeroMagnitude, 1e-300], [0, .leastNonzeroMagnitude],
        [1, 1.0000000001, 1 + 1e-15], [1, 1.00000001], [.greatestFiniteMagnitude, 0],
        [1e15, 1e15 + 1], [-1e-150, 1e-150], [-3, -3], [0, 0], [-1, 1], [99, 101], [1e-7, 3e-7],
    ]

    private static let roundTicks: [(ClosedRange<Double>, [String])] = [
        (0.02...0.97, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (0...1, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (0.3...0.62, ["0.3", "0.4", "0.5", "0.6", "0.7"]),
        (-1...1, ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
        (2...17, ["0", "5", "10", "15", "20"]),
        (-3...(-3), ["-3", "-2", "-1", "0"]),
        (0...0, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (0...3e9, ["0e+00", "1e+09", "2e+09", "3e+09"]),
        (1e-5...5e-5, ["1e-05", "2e-05", "3e-05", "4e-05", "5e-05"]),
    ]

    private func plot(
        _ values: [Double], width: Int = 30, height: Int = 5, usesColor: Bool = false
    ) -> String {
        Plot.lines(values, width: width, height: height, title: "reward", usesColor: usesColor)
            .joined(separator: "\n")
    }

    @Test func aLineOfValues() {
        #expect(
            plot((0...300).map { Double($0) / 300 }) == """
                reward
                1.0 ┤                    ⣀⣀⠤⠒⠉
                    │               ⣀⠤⠤⠒⠉
                0.5 ┤         ⢀⡠⠤⠤⠒⠉
                    │    ⢀⡠⠔⠒⠊⠁
                0.0 ┤⡠⠔⠊⠉⠁
                    └─────────────────────────
                     1                     301
                """)
    }

    @Test func aCurveOfFewValues() {
        #expect(
            plot([0.1, 0.4, 0.35, 0.7, 0.9]) == """
                reward
                1.0 ┤                      ⢀⣀⠤
                    │                 ⣀⠤⠔⠒⠉⠁
                0.5 ┤     ⢀⣀⣀⣀⡀   ⣀⠤⠒⠉
                    │ ⢀⡠⠔⠊⠁   ⠈⠉⠉⠉
                0.0 ┤⠊⠁
                    └─────────────────────────
                     1                       5
                """)
    }

    @Test func notANumberLeavesAGap() {
        #expect(
            plot([1, 1, 1, .nan, 0, .infinity, 0.5, 0.5]) == """
                reward
                1.0 ┤⠉⠉⠉⠉⠉⠉⠉⠁
                    │
                0.5 ┤                     ⠤⠤⠤⠤
                    │
                0.0 ┤              ⡀
                    └─────────────────────────
                     1                       8
                """)
    }

    @Test func oneValueIsADot() {
        #expect(
            plot([0.5]) == """
                reward
                0.50 ┤⠁
                     │
                0.25 ┤
                     │
                0.00 ┤
                     └────────────────────────
                      1
                """)
    }

    @Test func aConstantIsShownAgainstZero() {
        #expect(
            plot([1, 1, 1]) == """
                reward
                1.0 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
                    │
                0.5 ┤
                    │
                0.0 ┤
                    └─────────────────────────
                     1                       3
                """)
    }

    @Test func coloursAreForTheCurveAndDimForTheAxes() {
        #expect(
            plot([1, 1], width: 14, height: 3, usesColor: true) == """
                \u{1B}[1mreward\u{1B}[0m
                \u{1B}[2m1.0 ┤\u{1B}[0m\u{1B}[36m⠉⠉⠉⠉⠉⠉⠉⠉⠉\u{1B}[0m
                \u{1B}[2m0.5 ┤\u{1B}[0m
                \u{1B}[2m0.0 ┤\u{1B}[0m
                \u{1B}[2m    └─────────\u{1B}[0m
                \u{1B}[2m     1       2\u{1B}[0m
                """)
    }

    @Test(arguments: [[], [.nan], [.infinity, -.infinity]] as [[Double]])
    func withoutFiniteValuesItSaysSo(values: [Double]) {
        #expect(plot(values) == "reward\nno values")
    }

    @Test func manyValuesAreShownAsTheMeansOfTheirBins() {
        #expect(Plot.means([1, 3, 5, 7, 9, 11], bins: 3) == [2, 6, 10])
        #expect(Plot.means([1, .nan, .nan, .infinity, 9, 11], bins: 3) == [1, nil, 10])
        #expect(Plot.means([1, 2], bins: 3) == [1, 2])
        #expect(Plot.means([1, 2, 3], bins: 2) == [1, 2.5])
    }

    @Test(arguments: hardValues)
    func anyFiniteValuesFit(values: [Double]) {
        for width in [-1, 1, 4, 12, 20, 40, 80] {
            for height in [-1, 1, 2, 3, 4, 8, 9, 20] {
                let lines = Plot.lines(
                    values, width: width, height: height, title: "reward", usesColor: false)
                #expect(lines.count == max(3, height) + 3)
                #expect(lines.allSatisfy { $0.count <= max(4, width) })
                #expect(lines.joined().unicodeScalars.contains { $0.value > 0x2800 })
            }
        }
    }

    @Test(arguments: roundTicks)
    func ticksAreRoundNumbers(values: ClosedRange<Double>, expected: [String]) {
        #expect(PlotAxis(covering: values, intervals: 4).labels == expected)
    }

    @Test func theLabelsAreAllShownAtEveryHeight() {
        for height in 3...24 {
            let lines = Plot.lines(
                [0.02, 0.97], width: 40, height: height, title: "", usesColor: false)
            let ticks = PlotAxis(covering: 0.02...0.97, intervals: height / 2).labels.count
            #expect(lines.count { $0.contains("┤") } == ticks)
        }
    }
}
