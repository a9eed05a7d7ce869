/// Why a reward program or server gave no score.
///
/// Each is a failure of the reward and says nothing of the completion: what becomes of it, the
/// reward's `FailurePolicy` says.
public enum RewardProgramError: Error, Equatable {
    /// There is no such program.
    case notFound(reward: String, program: String)
    /// The system refused to start the program.
    case cannotStart(reward: String, program: String, reason: String)
    /// The program did not answer in time.
    case timedOut(reward: String, seconds: Double, errors: [String])
    /// The program ended, or closed its output, with requests unanswered.
    case ended(reward: String, how: String, errors: [String])
    /// The answer cannot be used.
    case badAnswer(reward: String, expected: String, found: String)
    /// The program or server said that it cannot score this completion.
    case refused(reward: String, reason: String)
    /// The server could not be reached, or did not answer as it should.
    case server(reward: String, url: String, reason: String)
    /// The program failed so often in a row that it is not started again; the run ends.
    case gaveUp(reward: String, attempts: Int, last: String)
    /// The program was closed.
    case closed(reward: String)
    /// The file for what the program writes to standard error cannot be written.
    case logFile(reward: String, path: String, reason: String)
    /// The sandbox needs a program that is not there.
    case noLauncher(reward: String, looked: [String])
}

extension RewardProgramError {
    /// Whether no later completion can be scored either.
    package var endsTheRun: Bool {
        switch self {
        case .gaveUp, .closed, .notFound, .noLauncher, .logFile: true
        default: false
        }
    }
}

extension RewardProgramError: CustomStringConvertible {
    /// Which reward, what was expected, what was found, and the next move.
    public var description: String {
        switch self {
        case .notFound(let reward, let program):
            "reward \(reward): expected a program, found none called \(excerpt(program)); give its "
                + "path, or one that is in PATH and may be executed"
        case .cannotStart(let reward, let program, let reason):
            "reward \(reward): \(excerpt(program)) cannot be started: \(reason)"
        case .timedOut(let reward, let seconds, let errors):
            "reward \(reward): expected an answer within \(JSONValue.text(of: seconds)) s, found "
                + "none; make the program faster, or raise timeout" + Self.quoted(errors)
        case .ended(let reward, let how, let errors):
            "reward \(reward): expected an answer, found that the program ended (\(how))"
                + Self.quoted(errors)
        case .badAnswer(let reward, let expected, let found):
            "reward \(reward): expected \(expected), found \(found); standard output is for "
                + "answers alone, print anything else to standard error"
        case .refused(let reward, let reason):
            "reward \(reward): the program says \(reason)"
        case .server(let reward, let url, let reason):
            "reward \(reward): \(url): \(reason)"
        case .gaveUp(let reward, let attempts, let last):
            "reward \(reward): given up after \(attempts) failures in a row without an answer. The "
                + "last: \(last)"
        case .closed(let reward):
            "reward \(reward): the program has been closed; make the reward anew"
        case .logFile(let reward, let path, let reason):
            "reward \(reward): \(path): it cannot be written: \(reason)"
        case .noLauncher(let reward, let looked):
            "reward \(reward): sandbox: expected the program grpo, which sets the limits, found "
                + "none of \(looked.joined(separator: ", ")); put it into PATH, or say "
                + "sandbox: false"
        }
    }

    private static func quoted(_ lines: [String]) -> String {
        lines.isEmpty
            ? ""
            : ". Its last words on standard error:\n"
                + lines.map { "    " + $0 }.joined(separator: "\n")
    }
}
