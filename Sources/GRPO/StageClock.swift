/// The wall time of each stage of a step.
struct StageClock {
    enum Stage: String, CaseIterable, Codable, CodingKeyRepresentable {
        case sampling, scoring, values, training
    }

    private var last = ContinuousClock.now
    private(set) var seconds: [Stage: Double] = [:]

    /// A clock that starts now; of a step that was begun before, with the times until then.
    init(_ seconds: [Stage: Double] = [:]) { self.seconds = seconds }

    /// The time since the last stage ended belongs to `stage`.
    mutating func end(_ stage: Stage) {
        let now = ContinuousClock.now
        seconds[stage, default: 0] += (now - last) / .seconds(1)
        last = now
    }

    /// The seconds of a stage; `nil` where the step has none.
    subscript(stage: Stage) -> Double? { seconds[stage] }
    var total: Double { seconds.values.reduce(0, +) }
}
