import Foundation
import Torch

/// How much two models differ on the same prompts.
public struct PairedDifference: Sendable, Equatable {
    /// How the p-value was found.
    public enum Test: String, Sendable, Codable {
        /// McNemar's test, exact: one trial a prompt and model.
        case mcNemar = "McNemar, exact"
        /// All ways to swap the models at each prompt.
        case allSwaps = "all swaps of the models at each prompt"
        /// 10,000 random ways to swap the models at each prompt.
        case randomSwaps = "10,000 random swaps of the models at each prompt"
    }

    /// The second model's mean less the first's, with its 95 % interval.
    public let difference: Estimate
    /// The probability of a difference as large as this where the models do not differ.
    public let pValue: Double
    /// How the p-value was found.
    public let test: Test
    /// The prompts.
    public let prompts: Int
    /// The deviation of the differences between prompts, divisor n − 1.
    public let deviation: Double

    /// The difference of two models, one number a prompt each.
    ///
    /// Where a prompt is one trial of each model, the test is McNemar's, exact, and the interval that
    /// of Bonett & Price (2012): one prompt is added for each of the two ways to differ. Else signs
    /// are flipped (Fisher's randomization test), and the interval is Student's over prompts, which
    /// covers better than bootstraps do here. The former is also for models that differ nowhere.
    ///
    /// - Parameters:
    ///   - differences: the second model's number less the first's, one a prompt.
    ///   - areShares: whether a difference of 1 is all that there can be.
    public init(_ differences: [Double], areShares: Bool = true) {
        self.init(differences, areShares: areShares, swaps: 10_000)
    }

    init(_ differences: [Double], areShares: Bool = true, swaps: Int) {
        let distribution = Distribution(differences)
        let plus = differences.count { $0 == 1 }
        let minus = differences.count { $0 == -1 }
        let others = differences.count { $0 != 0 } - plus - minus
        prompts = differences.count
        deviation = distribution.deviation
        if areShares, others == 0 {
            difference = Self.bonettPrice(plus: plus, minus: minus, prompts: prompts)
            pValue = Self.mcNemar(plus, minus)
            test = .mcNemar
        } else {
            difference = Estimate(studentMean: distribution)
            (pValue, test) = Self.signFlips(differences.filter { $0 != 0 }, rounds: swaps)
        }
    }

    /// Prompts with which a true difference as large as this one is found (p < 0.05) four times in
    /// five; `nil` where there is none, or the number has no meaning.
    public var promptsNeeded: Int? {
        let count = pow(Self.effort * deviation / difference.value, 2)
        return count.isFinite && count < 1e9 && count > 0 ? max(2, Int(count.rounded(.up))) : nil
    }

    /// The smallest difference that so many prompts find four times in five.
    public var detectable: Double {
        Self.effort * deviation / Double(max(prompts, 1)).squareRoot()
    }

    /// Whether the data tell the models apart.
    public var isTold: Bool { pValue < 0.05 }

    /// The normal quantiles of 97.5 % and 80 %.
    private static let effort = normalQuantile + 0.8416212335729143

    private static func bonettPrice(plus: Int, minus: Int, prompts: Int) -> Estimate {
        let n = Double(prompts) + 2
        let (a, b) = (Double(plus + 1) / n, Double(minus + 1) / n)
        let center = a - b
        let half = normalQuantile * ((a + b - center * center) / n).squareRoot()
        return Estimate(
            value: Double(plus - minus) / Double(max(prompts, 1)), lower: max(-1, center - half),
            upper: min(1, center + half))
    }

    /// Twice the probability of a split as uneven as this (McNemar 1947, exact form).
    private static func mcNemar(_ plus: Int, _ minus: Int) -> Double {
        let tail = (0...min(plus, minus)).reduce(0) {
            $0 + binomialProbability($1, of: plus + minus, share: 0.5)
        }
        return min(1, 2 * tail)
    }

    /// The share of sign changes whose sum is as far from 0: of all, or of many random ones.
    private static func signFlips(_ differences: [Double], rounds: Int) -> (Double, Test) {
        let seen = abs(differences.reduce(0, +)) * (1 - 1e-12)
        func isAsFar(_ signs: (Int) -> Bool) -> Bool {
            var sum = 0.0
            for place in differences.indices {
                sum += signs(place) ? differences[place] : -differences[place]
            }
            return abs(sum) >= seen
        }
        if differences.count <= 12 {
            let all = 1 << differences.count
            let far = (0..<all).count { flips in isAsFar { flips >> $0 & 1 == 1 } }
            return (Double(far) / Double(all), .allSwaps)
        }
        var stream = RandomStream(0x666C_6970, UInt64(differences.count))
        var far = 1
        for _ in 0..<rounds {
            let bits = (0..<(differences.count + 63) / 64).map { _ in stream.next() }
            if isAsFar({ bits[$0 >> 6] >> UInt64($0 & 63) & 1 == 1 }) { far += 1 }
        }
        return (Double(far) / Double(rounds + 1), .randomSwaps)
    }
}
