import Dispatch
import Foundation
import Synchronization

/// A thread of its own for tensor work.
///
/// libtorch's threads belong to the thread that first needs them. A task that goes on behind each
/// `await` on whichever thread is free leaves a team of them on every one it has been on, which wait
/// for work while another computes: a step took a tenth longer.
///
///     try await withTaskExecutorPreference(TensorThread.shared) { try await trainer.nextStep() }
///
/// Child tasks run there too, one at a time; those that are to run beside the tensor work are added
/// with `globalConcurrentExecutor`.
public final class TensorThread: TaskExecutor {
    /// The one of this process; it starts with its first use, and stays.
    public static let shared = TensorThread()

    private let jobs = Mutex<[UnownedJob]>([])
    private let waiting = DispatchSemaphore(value: 0)

    private init() {
        let thread = Thread { [self] in
            while true {
                waiting.wait()
                let job = jobs.withLock { $0.removeFirst() }
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
        thread.name = "tensors"
        // What a new thread has by default is too little for deep graphs.
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Runs a job behind those that wait.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        waiting.signal()
    }
}
