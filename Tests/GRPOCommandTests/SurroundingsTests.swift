import Testing

@testable import GRPOCommand

@Suite struct SurroundingsTests {
    private func surroundings(
        terminal: Bool = true, _ environment: [String: String] = ["TERM": "xterm"]
    ) -> Surroundings {
        Surroundings(
            outputIsTerminal: terminal, errorIsTerminal: terminal, environment: environment)
    }

    @Test func aTerminalGetsABarAndAPipeGetsLines() {
        #expect(surroundings().style(quiet: false, json: false) == .progress)
        #expect(surroundings(terminal: false).style(quiet: false, json: false) == .lines)
    }

    @Test(arguments: [[:], ["TERM": ""], ["TERM": "dumb"]])
    func aTerminalWithoutEscapesGetsPlainLines(environment: [String: String]) {
        #expect(surroundings(environment).style(quiet: false, json: false) == .lines)
        #expect(!surroundings(environment).usesColor(on: .output))
    }

    @Test func jsonGoesBeforeQuietAndBothBeforeTheTerminal() {
        #expect(surroundings().style(quiet: true, json: false) == .quiet)
        #expect(surroundings().style(quiet: false, json: true) == .json)
        #expect(surroundings().style(quiet: true, json: true) == .json)
    }

    @Test func coloursAreForTerminalsWithoutNoColor() {
        #expect(surroundings().usesColor(on: .output))
        #expect(!surroundings(terminal: false).usesColor(on: .output))
        #expect(!surroundings(["TERM": "xterm", "NO_COLOR": "1"]).usesColor(on: .error))
        #expect(surroundings(["TERM": "xterm", "NO_COLOR": ""]).usesColor(on: .error))
    }

    @Test func colourIsDecidedForEachStream() {
        var surroundings = surroundings()
        surroundings.errorIsTerminal = false
        #expect(surroundings.usesColor(on: .output))
        #expect(!surroundings.usesColor(on: .error))
    }

    @Test(arguments: [
        (120, "100", 120), (nil, "100", 100), (0, "100", 100), (nil, "wide", 80), (nil, "-3", 80),
        (nil, nil, 80),
    ])
    func theWindowSaysTheWidthThenColumnsThenEighty(
        window: Int?, columns: String?, expected: Int
    ) {
        var surroundings = surroundings()
        surroundings.environment["COLUMNS"] = columns
        #expect(surroundings.width(window: window) == expected)
    }
}
