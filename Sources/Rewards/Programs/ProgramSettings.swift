/// How a reward program is run.
public struct ProgramSettings: Sendable, Equatable {
    /// The program and its arguments; a single text is a command line for the shell.
    public var command: [String]
    /// The names of the rewards it gives; none where it gives a single number.
    public var outputs: [String] = []
    /// How many of it run side by side.
    public var workers = 4
    /// The most requests that one has before it at a time. With more than 1, a crash fails all that
    /// it has not answered.
    public var batchSize = 1
    /// Seconds from a request, or the answer before, to an answer.
    public var timeout = 10.0
    /// Seconds more for the first answer after a start.
    public var startTimeout = 60.0
    /// What it may not do; `nil` where it may do what this program may.
    public var sandbox: Sandbox?
    /// Bytes of the longest line that is read.
    public var maximumLine = 1 << 20
    /// How long it has to end after SIGTERM.
    var grace = Duration.seconds(1)
    /// The wait before the first start after a failure; it doubles with each up to 10 s.
    var firstBackOff = Duration.milliseconds(100)
    /// Failures in a row, without an answer, at which it is given up.
    var attempts = 5

    /// The usual settings.
    public init(command: [String]) { self.command = command }
}
