/// Numbers of which the smallest is at hand: a binary heap.
struct MergeQueue: Sendable {
    private var heap: [UInt64] = []

    /// Adds a number without a place in the heap; ``order()`` must follow.
    mutating func append(_ number: UInt64) { heap.append(number) }

    /// Makes a heap of what was appended, in linear time.
    mutating func order() {
        var index = heap.count / 2
        while index > 0 {
            index -= 1
            sink(from: index)
        }
    }

    mutating func push(_ number: UInt64) {
        var index = heap.count
        heap.append(number)
        while index > 0 {
            let parent = (index - 1) / 2
            guard number < heap[parent] else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = number
    }

    mutating func popFirst() -> UInt64? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        sink(from: 0)
        return first
    }

    private mutating func sink(from start: Int) {
        let number = heap[start]
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < number else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = number
    }
}
