/// Why an objective cannot be trained with.
public enum ObjectiveError: Error, Equatable, CustomStringConvertible {
    /// Two choices that do not go together, why, and what to do.
    case conflict(_ first: String, _ second: String, why: String, next: String)
    /// A number out of range.
    case number(_ name: String, found: Double, allowed: String)

    /// Both choices and the next move, or the number and what is allowed.
    public var description: String {
        switch self {
        case .conflict(let first, let second, let why, let next):
            "objective: \(first) and \(second) do not go together: \(why). \(next)"
        case .number(let name, let found, let allowed):
            "objective: \(name) is \(found), expected \(allowed)."
        }
    }
}

extension PolicyObjective {
    /// Throws where choices make no sense together, or a number is out of its range.
    public func validate() throws(ObjectiveError) {
        try validateRatio()
        try trustRegion.validate(isLogarithmic: ratio == .geometricMean)
        if case .constantLength(let length) = aggregation {
            try check("constant length", Double(length), length >= 1, "at least 1")
        }
        try divergence?.validate()
        try entropyBonus.validate()
        try check(
            "top entropy share", topEntropyShare, topEntropyShare > 0 && topEntropyShare <= 1,
            "above 0 and at most 1")
        if let offPolicyThreshold {
            try check(
                "off-policy threshold", offPolicyThreshold, offPolicyThreshold >= 0, "at least 0")
        }
    }

    private func validateRatio() throws(ObjectiveError) {
        let (why, next): (String, String)
        switch (ratio, trustRegion) {
        case (.token, .gammaWeight):
            why = "VESPO's weight is that of a whole completion"
            next = "Choose ratio sequence."
        case (.token, _), (.sequence, .clip), (.sequence, .boundedClip),
            (.sequence, .cappedWeight), (.sequence, .clippedWeight), (.sequence, .softGate),
            (.sequence, .gammaWeight), (_, .none), (.geometricMean, .clip):
            return
        case (.sequence, _):
            why = "DPPO bounds the probability of single tokens"
            next = "Choose ratio token, or trust region clip."
        case (.geometricMean, _):
            why = "GMPO bounds log ratios of tokens before their mean"
            next = "Choose trust region clip or none, or ratio sequence."
        case (.none, _):
            why = "there is no ratio to bound"
            next = "Choose trust region none, or ratio token."
        }
        throw .conflict("ratio \(ratio)", "trust region \(trustRegion.name)", why: why, next: next)
    }

    /// Whether completions whose advantages are all 0 matter: the reference or the bonus pulls on
    /// them, their entropies are among those selected from, or they count in a micro-batch's mean.
    var movesWithoutAdvantage: Bool {
        divergence != nil || entropyBonus != .none || topEntropyShare < 1
            || aggregation == .microBatchTokenMean
    }
}

extension TrustRegion {
    /// Its name without the numbers.
    var name: String {
        switch self {
        case .clip: "clip"
        case .boundedClip: "boundedClip"
        case .cappedWeight: "cappedWeight"
        case .clippedWeight: "clippedWeight"
        case .softGate: "softGate"
        case .gammaWeight: "gammaWeight"
        case .totalVariation: "totalVariation"
        case .binaryDivergence: "binaryDivergence"
        case .none: "none"
        }
    }

    fileprivate func validate(isLogarithmic: Bool) throws(ObjectiveError) {
        switch self {
        case .clip(let low, let high), .clippedWeight(let low, let high):
            try check(
                "clip low", low, low >= 0 && (isLogarithmic || low <= 1),
                isLogarithmic ? "at least 0" : "from 0 to 1")
            try check("clip high", high, high >= 0, "at least 0")
        case .boundedClip(let low, let high, let bound):
            try TrustRegion.clip(low: low, high: high).validate(isLogarithmic: false)
            try check(
                "bound", bound, bound > 1 + high,
                "above 1 + clip high = \(1 + high): below, it would also bound positive advantages")
        case .cappedWeight(let cap):
            try check(
                "cap", cap, cap >= 1,
                "at least 1: it is the largest ratio itself, not ε; 5 is usual")
        case .softGate(let positive, let negative):
            try check("positive temperature", positive, positive > 0, "above 0")
            try check("negative temperature", negative, negative > 0, "above 0")
        case .gammaWeight(let positive, let negative):
            for shape in [positive, negative] {
                try check("power", shape.power, shape.power >= 0, "at least 0")
                try check("rate", shape.rate, shape.rate > 0, "above 0")
            }
        case .totalVariation(let low, let high, let cap),
            .binaryDivergence(let low, let high, let cap):
            try check("low", low, low >= 0, "at least 0")
            try check("high", high, high >= 0, "at least 0")
            try check("cap", cap, cap >= 1, "at least 1")
        case .none: break
        }
    }
}

extension Divergence {
    fileprivate func validate() throws(ObjectiveError) {
        switch (estimator, correction) {
        case (.k1, .none):
            throw .conflict(
                "estimator k1", "correction none",
                why: "the gradient of k1 is that of log π, whose mean is 0, so nothing is held",
                next: "Choose correction ratio or straightThrough, or estimator k2 or k3.")
        case (.k2, .straightThrough):
            throw .conflict(
                "estimator k2", "correction straightThrough",
                why: "the gradient of k2 is that already", next: "Choose correction none.")
        default: break
        }
        try check("β", coefficient.initial, coefficient.initial > 0, "above 0, or no divergence")
        if case .adaptive(_, let target, let horizon) = coefficient {
            try check("divergence target", target, target > 0, "above 0")
            try check("divergence horizon", horizon, horizon >= 1, "at least 1 completion")
        }
    }
}

extension EntropyBonus {
    fileprivate func validate() throws(ObjectiveError) {
        switch self {
        case .none: break
        case .fixed(let value):
            try check("entropy coefficient", value, value != 0, "another than 0, or no bonus")
        case .adaptive(let target, let step, let range, let initial):
            try check("entropy target", target, target > 0, "above 0")
            try check("entropy step", step, step > 0, "above 0")
            try check(
                "entropy coefficient", initial, range.contains(initial),
                "from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}

private func check(
    _ name: String, _ value: Double, _ isAllowed: Bool, _ allowed: String
) throws(ObjectiveError) {
    guard isAllowed, value.isFinite else {
        throw .number(name, found: value, allowed: allowed)
    }
}
