import Dispatch
import Foundation
import Synchronization

/// Ctrl-C while an answer is sampled ends the answer; at other times it ends the program.
final class AnswerInterruption {
    private final class Flag: Sendable {
        let raised = Mutex(false)
    }

    private let flag: Flag
    private let source: any DispatchSourceSignal

    /// Watches the signal as long as it lives.
    init() {
        let flag = Flag()
        self.flag = flag
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { flag.raised.withLock { $0 = true } }
        source.resume()
    }

    deinit {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }

    /// Whether the answer is to end here.
    var isRequested: Bool { flag.raised.withLock { $0 } }
}
