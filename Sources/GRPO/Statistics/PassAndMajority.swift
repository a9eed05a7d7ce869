import Foundation

/// The probability that at least one of k samples drawn without replacement from n is solved,
/// `1 − C(n − c, k) / C(n, k)` for c solved ones (Chen et al. 2021, equation 1).
public func passAtK(samples n: Int, solved c: Int, k: Int) -> Double {
    require(1 <= k && k <= n && 0 <= c && c <= n, "pass@\(k) of \(c) solved among \(n) samples")
    guard n - c >= k else { return 1 }
    var miss = 1.0
    for place in (n - c + 1)..<(n + 1) { miss *= 1 - Double(k) / Double(place) }
    return 1 - miss
}

/// An answer that samples of a prompt gave.
public struct AnswerCount: Sendable, Equatable {
    /// How many gave it.
    public var count: Int
    /// Whether it is right.
    public var isRight: Bool

    /// An answer that so many samples gave.
    public init(count: Int, isRight: Bool) { (self.count, self.isRight) = (count, isRight) }
}

/// The probability that a vote among k samples drawn without replacement picks a right answer:
/// the commonest wins, and those that are equally common are drawn among.
///
/// It is the mean over all choices of k samples, and so unbiased, as pass@k is. For each number of
/// votes v that may win, the choices are counted in which no answer has more than v, by adding one
/// answer after the other; a state is how many samples are chosen, how many answers have v, and how
/// many of those are right. Choices are weighted as binomial draws, whose common factor is divided
/// out at the end, so that no number grows beyond a `Double`.
///
/// - Parameters:
///   - answers: of the samples whose answer could be read.
///   - silent: samples whose answer could not be read. They have no vote; where nobody has one,
///     nothing is picked.
///   - k: the samples that vote.
/// - Returns: the probability.
public func majorityAtK(_ answers: [AnswerCount], silent: Int = 0, k: Int) -> Double {
    let samples = answers.reduce(silent) { $0 + $1.count }
    require(1 <= k && k <= samples, "majority@\(k) of \(samples) samples")
    let share = Double(k) / Double(samples)
    let most = min(k, answers.map(\.count).max() ?? 0)
    var picked = 0.0
    for votes in stride(from: 1, through: most, by: 1) {
        var ballot = Ballot(k: k, votes: votes, right: answers.count { $0.isRight })
        ballot.add(count: silent, share: share, most: k, winsAs: nil)
        for answer in answers {
            ballot.add(
                count: answer.count, share: share, most: votes,
                winsAs: answer.isRight ? .right : .wrong)
        }
        picked += ballot.chanceOfRight
    }
    return min(1, picked / binomialProbability(k, of: samples, share: share))
}

/// The probability of `count` among `trials` that each have the probability `share`.
func binomialProbability(_ count: Int, of trials: Int, share: Double) -> Double {
    guard share > 0, share < 1 else { return count == (share > 0 ? trials : 0) ? 1 : 0 }
    let (n, k) = (Double(trials), Double(count))
    let choices = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(choices + k * log(share) + (n - k) * log1p(-share))
}

/// The choices of samples in which the winner has a given number of votes.
private struct Ballot {
    enum Kind { case right, wrong }

    private let k: Int
    private let votes: Int
    private let rightLimit: Int
    private let winnerLimit: Int
    /// By samples chosen, answers with the winning votes, and the right ones among these.
    private var weights: [Double]

    init(k: Int, votes: Int, right: Int) {
        (self.k, self.votes) = (k, votes)
        winnerLimit = k / votes
        rightLimit = min(right, winnerLimit)
        weights = [Double](repeating: 0, count: (k + 1) * (winnerLimit + 1) * (rightLimit + 1))
        weights[0] = 1
    }

    private func place(_ chosen: Int, _ winners: Int, _ right: Int) -> Int {
        (chosen * (winnerLimit + 1) + winners) * (rightLimit + 1) + right
    }

    /// Chooses up to `most` of an answer's samples.
    mutating func add(count: Int, share: Double, most: Int, winsAs kind: Kind?) {
        guard count > 0 else { return }
        var sum = [Double](repeating: 0, count: weights.count)
        for take in 0...min(count, most) {
            let weight = binomialProbability(take, of: count, share: share)
            let wins = kind != nil && take == votes
            let (winner, right) = (wins ? 1 : 0, wins && kind == .right ? 1 : 0)
            guard weight > 0, take <= k, winner <= winnerLimit, right <= rightLimit else {
                continue
            }
            for chosen in 0...(k - take) {
                for winners in 0...(winnerLimit - winner) {
                    for among in 0...(rightLimit - right) {
                        let before = weights[place(chosen, winners, among)]
                        if before == 0 { continue }
                        sum[place(chosen + take, winners + winner, among + right)] +=
                            before * weight
                    }
                }
            }
        }
        weights = sum
    }

    /// The weight of the choices of k samples, times the share of right ones among the winners.
    var chanceOfRight: Double {
        var chance = 0.0
        for winners in stride(from: 1, through: winnerLimit, by: 1) {
            for right in stride(from: 1, through: min(rightLimit, winners), by: 1) {
                chance += weights[place(k, winners, right)] * Double(right) / Double(winners)
            }
        }
        return chance
    }
}
