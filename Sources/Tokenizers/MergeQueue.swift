/// Merges that can be made, the first to make at the top: a binary heap.
struct MergeQueue {
    struct Candidate {
        let rank: Int
        /// Where the left one of the pair stands in the word.
        let position: Int
        /// The token that the pair becomes.
        let id: Int

        /// Lower ranks first, and from left to right.
        func precedes(_ other: Candidate) -> Bool {
            (rank, position) < (other.rank, other.position)
        }
    }

    private var heap: [Candidate] = []

    mutating func push(_ candidate: Candidate) {
        var index = heap.count
        heap.append(candidate)
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].precedes(heap[parent]) else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    mutating func popFirst() -> Candidate? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        var index = 0
        while let child = smallestChild(of: index), heap[child].precedes(heap[index]) {
            heap.swapAt(index, child)
            index = child
        }
        return first
    }

    private func smallestChild(of index: Int) -> Int? {
        let left = 2 * index + 1
        guard left < heap.count else { return nil }
        let right = left + 1
        return right < heap.count && heap[right].precedes(heap[left]) ? right : left
    }
}
