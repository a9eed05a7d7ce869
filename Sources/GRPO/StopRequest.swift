/// Whether a run is to end as soon as it can.
///
/// What takes long asks between its parts, and throws ``StepInterrupted`` where the answer is yes:
/// the step is then left as it is, and a checkpoint holds what it needs to be gone on with.
public struct StopRequest: Sendable {
    private let ask: @Sendable () -> Bool

    /// A request that is made when `ask` says so; from then on it has to stay so.
    public init(_ ask: @escaping @Sendable () -> Bool = { false }) { self.ask = ask }

    /// Whether the run is to end.
    public var isRequested: Bool { ask() }

    /// Throws where the run is to end.
    public func check() throws(StepInterrupted) { if isRequested { throw StepInterrupted() } }
}

/// A step that was left because the run is to end.
public struct StepInterrupted: Error, CustomStringConvertible {
    /// The only one there is.
    public init() {}

    /// What happened.
    public var description: String { "the step was left: the run is to end" }
}
