import NeuralNetwork
import Torch

extension Decoder {
    /// How many passes run side by side on the CPU, each on one thread: as many as there are
    /// threads where the weights fit the caches, so that operations are too small to divide.
    package var passesSideBySide: Int {
        let bytes = parameters.reduce(0) { $0 + $1.value.count } * dtype.byteCount
        // A recomputed block adds to its leaves itself, and dropout has the state of one pass.
        let isAlone = recomputesBlocks || (adapter?.dropout.rate ?? 0) > 0
        return device == .cpu && !isAlone && bytes <= 64 << 20 ? Library.threadCount : 1
    }
}

extension Array {
    /// Consecutive parts of about the same weight; fewer where elements are heavy.
    package func divided(into count: Int, weight: (Element) -> Int) -> [[Element]] {
        let total = reduce(0) { $0 + weight($1) }
        var parts = [[Element]](repeating: [], count: Swift.max(count, 1))
        var before = 0
        for element in self {
            // An element belongs where its middle lies.
            let middle = before + weight(element) / 2
            parts[total > 0 ? Swift.min(middle * parts.count / total, parts.count - 1) : 0]
                .append(element)
            before += weight(element)
        }
        return parts.filter { !$0.isEmpty }
    }
}
