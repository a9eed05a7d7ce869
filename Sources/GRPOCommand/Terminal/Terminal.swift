/// What the program says: to a person, to a log, or to another program.
///
/// Copies share one screen, so that any of them may write while a progress bar is shown.
struct Terminal: Sendable {
    /// How much is shown, and in which form.
    enum Style: Sendable {
        /// A person watches: notes, and one line of progress that is rewritten.
        case progress
        /// A file or a pipe: the same as plain lines.
        case lines
        /// Results and warnings alone.
        case quiet
        /// One JSON object a line, and warnings.
        case json
    }

    let style: Style
    /// Whether standard output takes colours.
    let usesColor: Bool
    let screen: Screen
    private let isTerminal: Bool
    private let errorUsesColor: Bool
    private let currentWidth: @Sendable () -> Int

    /// The columns of a line, now: a window may be resized during a run.
    var width: Int { currentWidth() }

    /// The terminal of this process.
    init(quiet: Bool, json: Bool) {
        let surroundings = Surroundings.current
        self.init(
            style: surroundings.style(quiet: quiet, json: json),
            isTerminal: surroundings.outputIsTerminal,
            usesColor: surroundings.usesColor(on: .output),
            errorUsesColor: surroundings.usesColor(on: .error),
            sink: .standard,
            width: { surroundings.width(window: StandardStreams.windowWidth) })
    }

    /// A terminal made of parts.
    init(
        style: Style, isTerminal: Bool = false, usesColor: Bool = false,
        errorUsesColor: Bool = false, sink: ByteSink,
        width: @escaping @Sendable () -> Int = { 80 }
    ) {
        self.style = style
        self.isTerminal = isTerminal
        self.usesColor = usesColor
        self.errorUsesColor = errorUsesColor
        screen = Screen(sink)
        currentWidth = width
    }

    /// Says what is going on; not in quiet and JSON.
    func note(_ text: String) {
        if style == .progress || style == .lines { screen.write(text, to: .output) }
    }

    /// Says what the command was run for; not in JSON.
    func result(_ text: String) {
        if style != .json { screen.write(text, to: .output) }
    }

    /// Writes a line of JSON; in JSON alone.
    func jsonLine(_ text: String) {
        if style == .json { screen.write(text, to: .output) }
    }

    /// Warns on standard error, whatever the style.
    func warning(_ text: String) {
        screen.write(Ink.yellow.on("warning:", if: errorUsesColor) + " " + text, to: .error)
    }

    /// What a model wrote, fit to be shown.
    ///
    /// A model may write any byte, escape sequences among them. On a terminal, control characters
    /// are shown as pictures; a file or a pipe gets the text as it is.
    func harmless(_ text: String) -> String {
        isTerminal ? TextFormat.printable(text, keepsLines: true) : text
    }

    /// Puts the cursor below the progress bar; for a process that exits in the middle of a run.
    func leave() { screen.releaseBottomNow() }
}
