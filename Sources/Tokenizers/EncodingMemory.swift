import Synchronization

/// What encoding keeps from one text to the next: known words, and arrays that need not grow again.
///
/// It changes how long encoding takes and nothing else. One text at a time has it; another that is
/// encoded meanwhile does without.
final class EncodingMemory: Sendable {
    struct Contents: Sendable {
        var cache: WordCache
        var word = MergingWord()
    }

    private let contents = Mutex(Contents(cache: WordCache(isActive: true)))

    func use(_ body: (inout Contents) -> Void) {
        if contents.withLockIfAvailable({ body(&$0) }) == nil {
            // A cache of its own would cost more than it gives.
            var contents = Contents(cache: WordCache(isActive: false))
            body(&contents)
        }
    }
}
