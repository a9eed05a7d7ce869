/// What becomes of a completion that a reward failed on.
///
/// A failure is a time-out, a crash, an answer that cannot be read or is not finite, or whatever a
/// reward throws. It is counted in the metrics in each case, and never a score unless a number was
/// asked for.
public enum FailurePolicy: Sendable, Equatable {
    /// The completion takes no part in the baseline of its group, and has advantage 0.
    case drop
    /// The step fails, and the run ends.
    case fail
    /// The completion has this score, as if the reward had given it.
    case score(Double)
}
