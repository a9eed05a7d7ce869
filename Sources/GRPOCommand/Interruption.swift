import ArgumentParser
import Dispatch
import Foundation
import GRPO
import Synchronization
import Torch

/// Ctrl-C and SIGTERM: the first ends the run as soon as it can, the second at once.
final class Interruption {
    /// The signal that ends nothing, watched from the same moment on.
    let checkpoint = CheckpointSignal()
    private let sources: [any DispatchSourceSignal]
    private let flag: Flag

    /// Watches the signals as long as it lives.
    ///
    /// Until `begin()` there is nothing to save: the first signal ends the program.
    init(_ terminal: Terminal) {
        let flag = Flag(terminal)
        self.flag = flag
        sources = [SIGINT, SIGTERM].map { signalNumber in
            // On Linux watching replaces what the system does; ignored before that, a signal that
            // came in between would be lost.
            #if !os(Linux)
            signal(signalNumber, SIG_IGN)
            #endif
            let source = DispatchSource.makeSignalSource(signal: signalNumber, queue: flag.queue)
            source.setEventHandler { flag.receive(signalNumber) }
            source.activate()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
        for signalNumber in [SIGINT, SIGTERM] { signal(signalNumber, SIG_DFL) }
    }

    /// Training begins: from now on the first signal is a request.
    func begin() { flag.hasBegun.withLock { $0 = true } }

    /// Whether the run is to end.
    var isRequested: Bool { flag.isRaised }

    /// The same as the run asks it.
    var stop: StopRequest { StopRequest { [flag] in flag.isRaised } }

    /// The exit code of a run that was ended: 130 by Ctrl-C, 143 by SIGTERM.
    var exitCode: ExitCode { ExitCode(128 + flag.signal) }
}

/// Raised by the first signal, on the queue that signals arrive on.
private final class Flag: Sendable {
    /// Of its own, and urgent: the threads of a pass must not keep a signal waiting.
    let queue = DispatchQueue(label: "signals", qos: .userInteractive)
    let hasBegun = Mutex(false)
    private let raised = Mutex<Int32?>(nil)
    private let terminal: Terminal
    /// Words go by a queue of their own: where nobody reads them, writing waits for ever, and the
    /// next signal shall not.
    private let voice = DispatchQueue(label: "words about signals", qos: .userInteractive)

    init(_ terminal: Terminal) { self.terminal = terminal }

    var isRaised: Bool { signal != 0 }
    /// The first signal; 0 for none yet.
    var signal: Int32 { raised.withLock { $0 ?? 0 } }

    func receive(_ signalNumber: Int32) {
        let isFirst = raised.withLock { raised in
            defer { raised = raised ?? signalNumber }
            return raised == nil
        }
        guard hasBegun.withLock({ $0 }) else {
            leave(signalNumber, "ended while loading; no step was made")
        }
        guard isFirst else { leave(signalNumber, "ended at once; what was not saved is lost") }
        voice.async { [terminal] in
            terminal.warning(
                "ending, with a checkpoint to go on from (grpo resume); once more to end at once")
        }
    }

    /// Ends the program without waiting for other threads: reward programs notice that by
    /// themselves, and what is written beside its place is removed.
    private func leave(_ signalNumber: Int32, _ text: String) -> Never {
        let words = DispatchWorkItem { [terminal] in
            terminal.leave()
            terminal.warning(text)
        }
        voice.async(execute: words)
        TemporaryFiles.removeAll()
        _ = words.wait(timeout: .now() + .milliseconds(100))
        // Another thread may have begun one meanwhile.
        TemporaryFiles.removeAll()
        _exit(128 + signalNumber)
    }
}
