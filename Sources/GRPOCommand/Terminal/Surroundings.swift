import Foundation

/// Where the program was started: what its streams are, and its environment.
struct Surroundings: Sendable {
    var outputIsTerminal = false
    var errorIsTerminal = false
    var environment: [String: String] = [:]

    /// Those of this process.
    static var current: Surroundings {
        Surroundings(
            outputIsTerminal: isatty(STDOUT_FILENO) == 1,
            errorIsTerminal: isatty(STDERR_FILENO) == 1,
            environment: ProcessInfo.processInfo.environment)
    }

    /// The style that suits them and the flags.
    func style(quiet: Bool, json: Bool) -> Terminal.Style {
        if json { return .json }
        if quiet { return .quiet }
        return outputIsTerminal && understandsEscapes ? .progress : .lines
    }

    /// Whether to colour what goes to a stream: see <https://no-color.org>.
    func usesColor(on stream: StandardStream) -> Bool {
        let isTerminal = stream == .output ? outputIsTerminal : errorIsTerminal
        return isTerminal && understandsEscapes && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// The columns of a line: those of the window, else `COLUMNS`, else 80.
    func width(window: Int?) -> Int {
        let stated = environment["COLUMNS"].flatMap { Int($0) }
        return [window, stated].compactMap { $0 }.first { $0 > 0 } ?? 80
    }

    private var understandsEscapes: Bool {
        !["", "dumb"].contains(environment["TERM"] ?? "")
    }
}
