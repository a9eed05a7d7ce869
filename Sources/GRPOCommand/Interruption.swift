import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first ends the run after the current step, the second at once.
final class Interruption {
    private let sources: [any DispatchSourceSignal]
    private let flag: Flag

    /// Watches the signals as long as it lives.
    init(_ terminal: Terminal) {
        let flag = Flag(terminal)
        self.flag = flag
        sources = [SIGINT, SIGTERM].map { signalNumber in
            signal(signalNumber, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signalNumber, queue: .global())
            source.setEventHandler { flag.receive(signalNumber) }
            source.activate()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
        for signalNumber in [SIGINT, SIGTERM] { signal(signalNumber, SIG_DFL) }
    }

    /// Whether the run is to end after the current step.
    var isRequested: Bool { flag.isRaised }
}

/// Raised by the first signal, on the queue that signals arrive on.
private final class Flag: Sendable {
    private let raised = Mutex(false)
    private let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    var isRaised: Bool { raised.withLock { $0 } }

    func receive(_ signalNumber: Int32) {
        let again = raised.withLock { raised in
            defer { raised = true }
            return raised
        }
        if again {
            terminal.leave()
            exit(128 + signalNumber)
        }
        terminal.warning("ending after this step and saving the model; once more to end at once")
    }
}
