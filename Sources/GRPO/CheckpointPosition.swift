/// The place in a run that a checkpoint is of.
struct CheckpointPosition: Hashable, Comparable, Codable, Sendable {
    /// Steps that were completed.
    let steps: Int
    /// Optimizer steps of the next one that were made, where it was left in the middle.
    var updates: Int?

    /// Its folder: `step-6` behind the sixth step, `step-7-update-2` in the seventh.
    var name: String { updates.map { "step-\(steps + 1)-update-\($0)" } ?? "step-\(steps)" }

    /// A place.
    init(steps: Int, updates: Int? = nil) { (self.steps, self.updates) = (steps, updates) }

    /// The place that a folder is of; `nil` for another folder.
    init?(name: String) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "step", let step = Int(parts[1]), step >= 0 else {
            return nil
        }
        if parts.count == 2 {
            self.init(steps: step)
        } else {
            guard parts.count == 4, parts[2] == "update", let updates = Int(parts[3]), step > 0
            else { return nil }
            self.init(steps: step - 1, updates: updates)
        }
        guard self.name == name else { return nil }
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.steps, left.updates ?? -1) < (right.steps, right.updates ?? -1)
    }
}
