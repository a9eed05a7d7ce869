import Foundation
import Synchronization

/// Places at which tests end the process or let an operation fail, to see what is left then.
///
/// Off unless `GRPO_FAILPOINT` is set:
///
/// | value | effect |
/// |---|---|
/// | `NAME=kill` | the process ends as by `kill -9` at the place of that name |
/// | `NAME:3=error` | the third time that place is reached, its operation fails with EIO |
/// | `any:17=kill` | the same at the 17th place of any name |
/// | `pass:2=memory` | the second pass asks for more memory than there is |
/// | `NAME:3=pause` | the third time that place is reached, its name goes to standard error and its thread sleeps for 3 s |
/// | `trace` | the name of each place that is reached goes to standard error |
package enum Failpoint {
    private enum Action: String { case kill, error, trace, memory, pause }

    private struct Plan {
        let name: String
        let place: Int
        let action: Action

        /// What the variable asks for; `nil` for nothing that is known.
        init?(_ text: String?) {
            guard let text else { return nil }
            if text == Action.trace.rawValue {
                (name, place, action) = ("any", 0, .trace)
                return
            }
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let action = Action(rawValue: String(parts[1])) else {
                return nil
            }
            let target = parts[0].split(separator: ":", maxSplits: 1)
            guard let name = target.first, let place = target.count == 2 ? Int(target[1]) : 1
            else { return nil }
            (self.name, self.place, self.action) = (String(name), place, action)
        }
    }

    private static let plan = Plan(ProcessInfo.processInfo.environment["GRPO_FAILPOINT"])
    private static let reached = Mutex(0)

    /// Does what the variable asks for at this place, most often nothing.
    package static func hit(_ name: String) throws {
        guard let plan, plan.name == "any" || plan.name == name else { return }
        switch plan.action {
        case .trace: announce(name)
        case .kill: if isNow(plan) { kill(getpid(), SIGKILL) }
        case .error: if isNow(plan) { throw POSIXError(.EIO) }
        case .pause: if isNow(plan) { pause(name) }
        case .memory: break
        }
    }

    /// A place of work on tensors: memory may run out there, or it may take long.
    package static func work(_ name: String) {
        guard let plan, plan.name == name, [.memory, .pause].contains(plan.action), isNow(plan)
        else { return }
        guard plan.action == .memory else { return pause(name) }
        _ = Tensor.zeros([1 << 26, 1 << 26], dtype: .float32, device: .cpu)
    }

    private static func announce(_ name: String) {
        FileHandle.standardError.write(Data("failpoint \(name)\n".utf8))
    }

    private static func pause(_ name: String) {
        announce(name)
        sleep(3)
    }

    private static func isNow(_ plan: Plan) -> Bool {
        reached.withLock { count in
            count += 1
            return count == plan.place
        }
    }

    /// An operation with a place before it and one after it: `NAME.before`, `NAME.after`.
    package static func around<Result>(
        _ name: String, _ operation: () throws -> Result
    ) throws -> Result {
        try hit(name + ".before")
        let result = try operation()
        try hit(name + ".after")
        return result
    }
}
