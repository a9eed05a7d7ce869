import ArgumentParser
import Dispatch
import Foundation
import GRPO
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

    /// Whether the run is to end.
    var isRequested: Bool { flag.isRaised }

    /// The same as the run asks it.
    var stop: StopRequest { StopRequest { [flag] in flag.isRaised } }

    /// The exit code of a run that was ended: 130 by Ctrl-C, 143 by SIGTERM.
    var exitCode: ExitCode { ExitCode(128 + flag.signal) }
}

/// Raised by the first signal, on the queue that signals arrive on.
private final class Flag: Sendable {
    private let raised = Mutex<Int32?>(nil)
    private let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    var isRaised: Bool { signal != 0 }
    /// The first signal; 0 for none yet.
    var signal: Int32 { raised.withLock { $0 ?? 0 } }

    func receive(_ signalNumber: Int32) {
        let again = raised.withLock { raised in
            defer { raised = raised ?? signalNumber }
            return raised != nil
        }
        if again {
            terminal.leave()
            exit(128 + signalNumber)
        }
        terminal.warning(
            "ending, with a checkpoint to go on from (grpo resume); once more to end at once")
    }
}
