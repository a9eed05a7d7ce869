import Dispatch
import Foundation
import Synchronization

/// SIGUSR1: a checkpoint after the current step, and on.
///
/// It is caught from the start of a command, where it would end the program that still loads, and
/// taken by the run's first step then; after the run it is ignored.
final class CheckpointSignal {
    private let source: any DispatchSourceSignal
    private let flag = Flag()

    /// Watches the signal as long as it lives.
    init() {
        signal(SIGUSR1, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGUSR1, queue: .global())
        source.setEventHandler { [flag] in flag.isRaised.store(true, ordering: .relaxed) }
        source.activate()
    }

    deinit { source.cancel() }

    /// Whether a checkpoint is asked for that was not yet; the request is taken.
    func take() -> Bool { flag.isRaised.exchange(false, ordering: .relaxed) }

    private final class Flag: Sendable {
        let isRaised = Atomic(false)
    }
}
