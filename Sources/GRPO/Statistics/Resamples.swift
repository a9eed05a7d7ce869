import Torch

/// Draws of prompts with replacement, each of as many as there are: the bootstrap over prompts.
///
/// A fixed seed, so that the same outcomes have the same interval.
struct Resamples {
    /// n, the prompts.
    let count: Int
    /// Draw after draw, n places each.
    private let places: [UInt32]

    /// Draws of `count` prompts.
    init(of count: Int, rounds: Int = 1_000, seed: UInt64 = 0) {
        // A word of its own keeps this stream apart from the others of the seed.
        var stream = RandomStream(seed, 0x626F_6F74, UInt64(count))
        self.count = count
        let bound = UInt64(max(count, 1))
        // The high half of 32 random bits times n: even to one part in 2³² / n.
        places = (0..<count * rounds).map { _ in UInt32(((stream.next() >> 32) * bound) >> 32) }
    }

    /// The ends of the 95 % interval of the mean: the studentized bootstrap (Efron & Tibshirani
    /// 1993, section 12.5).
    ///
    /// A draw without variance has an unbounded quotient, and an end may be infinite.
    ///
    /// - Parameter values: one a prompt, at least 2.
    /// - Returns: the ends.
    func studentizedEnds(_ values: [Double]) -> (lower: Double, upper: Double) {
        let distribution = Distribution(values)
        let deviations = values.map { $0 - distribution.mean }
        let error = distribution.deviation / Double(count).squareRoot()
        let negligible = distribution.deviation * distribution.deviation * 1e-9
        let quotients = draws(of: deviations) { sum, squares in
            quotient(sum, squares, negligible: negligible)
        }
        return (
            distribution.mean - quotients.quantile(0.975) * error,
            distribution.mean - quotients.quantile(0.025) * error
        )
    }

    /// The mean of each draw.
    func means(of values: [Double]) -> [Double] {
        draws(of: values) { sum, _ in sum / Double(count) }
    }

    /// A number of each draw, from its sum and its sum of squares.
    private func draws(
        of values: [Double], number: (_ sum: Double, _ squares: Double) -> Double
    ) -> [Double] {
        var numbers: [Double] = []
        // Millions of places: pointers, or a debug build takes minutes.
        values.withUnsafeBufferPointer { values in
            places.withUnsafeBufferPointer { places in
                for start in stride(from: 0, to: places.count, by: max(count, 1)) {
                    var (sum, squares, place) = (0.0, 0.0, start)
                    while place < start + count {
                        let value = values[Int(places[place])]
                        sum += value
                        squares += value * value
                        place += 1
                    }
                    numbers.append(number(sum, squares))
                }
            }
        }
        return numbers
    }

    /// Student's quotient of a draw whose numbers have this sum and sum of squares.
    private func quotient(_ sum: Double, _ squares: Double, negligible: Double) -> Double {
        let n = Double(count)
        let mean = sum / n
        let variance = (squares - mean * sum) / (n - 1)
        guard variance > negligible else { return mean == 0 ? 0 : mean > 0 ? 1e9 : -1e9 }
        return mean / (variance / n).squareRoot()
    }
}
