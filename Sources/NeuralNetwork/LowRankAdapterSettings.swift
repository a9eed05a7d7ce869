/// The choices of a low-rank adapter, with the meaning that PEFT gives them.
///
/// An adapted layer computes `x Wᵀ + s · (x Aᵀ) Bᵀ`, A `[r, in]`, B `[out, r]`, s = α / r (Hu et al.
/// 2021, "LoRA", section 4.1). Only A and B learn.
public struct LowRankAdapterSettings: Sendable, Equatable {
    /// The linear layers that have an adapter.
    public enum Targets: Sendable, Equatable {
        /// All but the output layer.
        case allLinear
        /// Those whose whole name, or the end of it from a dot on, is one of these.
        case names([String])
        /// Those whose whole name matches a regular expression.
        case pattern(String)
    }

    /// r
    public var rank: Int
    /// α
    public var alpha: Double
    /// The layers that have an adapter.
    public var targets: Targets
    /// r of the layers whose name, or the end of it from a dot on, matches a regular expression.
    public var rankPattern: [String: Int] = [:]
    /// α of such layers.
    public var alphaPattern: [String: Double] = [:]
    /// s = α / √r instead (Kalajdzievski 2023, "rsLoRA", theorem 3.2).
    public var isRankStabilized = false
    /// The share of the adapter's inputs that a training pass leaves out; the policy that samples
    /// leaves none out.
    public var dropout = 0.0

    /// An adapter of all linear layers but the output layer.
    public init(rank: Int, alpha: Double, targets: Targets = .allLinear) {
        self.rank = rank
        self.alpha = alpha
        self.targets = targets
    }

    /// The output layer, which has no adapter.
    static let outputLayer = "lm_head"

    /// Throws where a number or a regular expression makes no adapter.
    public func validate() throws(LowRankAdapterError) {
        for (key, rank) in [("rank", rank)] + rankPattern.sorted(by: { $0.key < $1.key })
        where rank < 1 {
            throw .number(key: key, found: "\(rank)", allowed: "1 or more")
        }
        for (key, alpha) in [("alpha", alpha)] + alphaPattern.sorted(by: { $0.key < $1.key })
        where !(alpha > 0 && alpha.isFinite) {
            throw .number(key: key, found: "\(alpha)", allowed: "more than 0")
        }
        guard (0..<1).contains(dropout) else {
            throw .number(key: "dropout", found: "\(dropout)", allowed: "0 or more and less than 1")
        }
        if case .names(let names) = targets, names.isEmpty { throw .nothingMatches(known: []) }
        if case .pattern(let pattern) = targets { _ = try regex(pattern) }
        for pattern in Array(rankPattern.keys) + Array(alphaPattern.keys) {
            _ = try regex(pattern)
        }
    }

    /// The rank and the scale of a layer's adapter, or `nil` where it has none.
    func shape(of layer: String) throws(LowRankAdapterError) -> (rank: Int, scale: Double)? {
        guard try isTarget(layer) else { return nil }
        guard layer != Self.outputLayer else { throw .outputLayer }
        let rank = try value(of: layer, in: rankPattern) ?? rank
        let alpha = try value(of: layer, in: alphaPattern) ?? alpha
        return (rank, alpha / (isRankStabilized ? Double(rank).squareRoot() : Double(rank)))
    }

    private func isTarget(_ layer: String) throws(LowRankAdapterError) -> Bool {
        switch targets {
        case .allLinear: layer != Self.outputLayer
        case .names(let names): names.contains { layer == $0 || layer.hasSuffix(".\($0)") }
        case .pattern(let pattern): try matches(layer, pattern)
        }
    }

    /// Keys that disagree about a layer are refused: JSON and YAML do not keep their order.
    private func value<Value: Equatable>(
        of layer: String, in patterns: [String: Value]
    ) throws(LowRankAdapterError) -> Value? {
        var found: (key: String, value: Value)?
        for (key, value) in patterns where try matches(layer, "(.*\\.)?(\(key))") {
            if let found, found.value != value {
                throw .ambiguous(layer: layer, keys: [found.key, key].sorted())
            }
            found = (key, value)
        }
        return found?.value
    }

    private func matches(_ layer: String, _ pattern: String) throws(LowRankAdapterError) -> Bool {
        do {
            return try regex(pattern).wholeMatch(in: layer) != nil
        } catch let error as LowRankAdapterError {
            throw error
        } catch {
            throw .pattern(pattern, reason: "\(error)")
        }
    }

    private func regex(_ pattern: String) throws(LowRankAdapterError) -> Regex<AnyRegexOutput> {
        do { return try Regex(pattern) } catch { throw .pattern(pattern, reason: "\(error)") }
    }
}

/// Why an adapter cannot be made.
public enum LowRankAdapterError: Error, Equatable, CustomStringConvertible {
    case number(key: String, found: String, allowed: String)
    case pattern(String, reason: String)
    case ambiguous(layer: String, keys: [String])
    case outputLayer
    case noSuchLayer(String, known: [String])
    case nothingMatches(known: [String])

    /// What was expected, what was found, and the next move.
    public var description: String {
        switch self {
        case .number(let key, let found, let allowed):
            "low-rank adapter: \(key) is \(found), expected \(allowed)."
        case .pattern(let pattern, let reason):
            "low-rank adapter: \"\(pattern)\" is not a regular expression: \(reason)"
        case .ambiguous(let layer, let keys):
            "low-rank adapter: the patterns \(Self.list(keys)) disagree about \(layer). Write them "
                + "so that at most one matches a layer."
        case .outputLayer:
            "low-rank adapter: the output layer, \(LowRankAdapterSettings.outputLayer), is among "
                + "the targets, and an adapter of it is not supported. Leave it out, or use "
                + "all-linear."
        case .noSuchLayer(let name, let known):
            "low-rank adapter: no linear layer is called \"\(name)\". This model has: "
                + known.joined(separator: ", ") + "."
        case .nothingMatches(let known):
            "low-rank adapter: the targets match no linear layer."
                + (known.isEmpty ? "" : " This model has: \(known.joined(separator: ", ")).")
        }
    }

    private static func list(_ words: [String]) -> String {
        words.map { "\"\($0)\"" }.joined(separator: " and ")
    }
}
