import Torch

/// The order in which the rows of the data are gone through, from the seed alone.
///
/// Each epoch has an order of its own; a step that reaches its end goes on with the next.
struct DataOrder {
    let count: Int
    let seed: UInt64

    /// The rows of a step.
    func indices(step: Int, size: Int) -> [Int] {
        var orders: [Int: [Int]] = [:]
        return (step * size..<(step + 1) * size).map { place in
            let epoch = place / count
            let order = orders[epoch] ?? order(epoch: epoch)
            orders[epoch] = order
            return order[place % count]
        }
    }

    private func order(epoch: Int) -> [Int] {
        // A word of its own keeps this stream apart from the completions'.
        var stream = RandomStream(seed, 0x64617461, UInt64(epoch))
        return Array(0..<count).shuffled(using: &stream)
    }
}
