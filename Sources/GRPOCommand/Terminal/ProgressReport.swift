/// How far a run is.
struct ProgressReport {
    var label: String
    var step: Int
    var total: Int
    /// What else is known; the last of them go first where the line is too narrow.
    var fields: [(name: String, value: String)]
    /// How long this step took; where it is `nil`, the time between reports counts.
    var secondsPerStep: Double?
}

/// The seconds of a step, smoothed: a weighted mean in which about the last ten count.
struct PaceEstimate {
    private static let decay = 0.9
    private var sum = 0.0
    private var weight = 0.0

    /// The estimate, once there is a step.
    var secondsPerStep: Double? { weight > 0 ? sum / weight : nil }

    /// Takes a step into account.
    mutating func add(_ seconds: Double) {
        guard seconds.isFinite, seconds >= 0 else { return }
        sum = sum * Self.decay + seconds * (1 - Self.decay)
        // The weights of a young mean do not add up to 1 yet.
        weight = weight * Self.decay + (1 - Self.decay)
    }
}

/// Which steps a log gets a line for: the first, each tenth of the run, and one every 5 seconds.
struct LinePacing {
    private static let longestSilence = 5.0
    private let total: Int
    private var last: (tenth: Int, seconds: Double)?

    /// The pacing of a run of so many steps.
    init(total: Int) { self.total = max(1, total) }

    /// Whether this step gets a line.
    mutating func isDue(step: Int, seconds: Double) -> Bool {
        let tenth = Int(Double(step) / Double(total) * 10)
        if let last, tenth <= last.tenth, seconds - last.seconds < Self.longestSilence {
            return false
        }
        last = (tenth, seconds)
        return true
    }
}
