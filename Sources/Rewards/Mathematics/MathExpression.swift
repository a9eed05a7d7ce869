/// A function of one argument.
enum MathFunction: Sendable {
    case absolute, floor, ceiling, exponential
    case sine, cosine, tangent, cotangent, secant, cosecant
    case arcsine, arccosine, arctangent
    case hyperbolicSine, hyperbolicCosine, hyperbolicTangent
}

/// A number that has a name.
enum MathConstant: Sendable { case pi, euler, imaginaryUnit, infinity }

/// A mathematical expression as a tree.
indirect enum MathExpression: Sendable, Equatable {
    /// What a node does with its parts.
    enum Operation: Sendable, Equatable {
        case sum, product, quotient, negative, power
        /// Its parts: what is under the root, and the degree.
        case root
        /// Its parts: the base, and the argument.
        case logarithm
        case function(MathFunction)
        case factorial, binomial
        /// A 180th of π.
        case degrees
        /// A hundredth.
        case percent
        /// The part, or its negative: ± and ∓.
        case eitherSign
    }

    case number(Rational)
    case constant(MathConstant)
    case variable(String)
    case node(Operation, [MathExpression])

    static func negative(_ part: MathExpression) -> MathExpression { .node(.negative, [part]) }

    var parts: [MathExpression] { if case .node(_, let parts) = self { parts } else { [] } }

    /// Whether it holds a variable.
    var isVariable: Bool {
        if case .variable = self { return true }
        return parts.contains(where: \.isVariable)
    }

    /// Whether it holds ±.
    var hasEitherSign: Bool {
        if case .node(.eitherSign, _) = self { return true }
        return parts.contains(where: \.hasEitherSign)
    }

    /// The expression with + or − in the place of each ±.
    func choosing(negative: Bool) -> MathExpression {
        guard case .node(let operation, let parts) = self else { return self }
        let chosen = parts.map { $0.choosing(negative: negative) }
        guard operation == .eitherSign, let part = chosen.first else {
            return .node(operation, chosen)
        }
        return negative ? .negative(part) : part
    }
}

extension MathExpression {
    /// How many places a variable is tried at.
    static let places = 24

    /// The value at the `place`-th place, or `nil` where there is none.
    func value(at place: Int) -> MathValue? {
        switch self {
        case .number(let value): return MathValue(value)
        case .constant(.pi): return MathValue(Approximation(.pi, error: 1e-31))
        case .constant(.euler): return MathValue(Approximation(1).exponential)
        case .constant(.imaginaryUnit): return .approximate(.imaginaryUnit)
        case .constant(.infinity): return .infinite(isNegative: false)
        case .variable(let name): return Self.sample(name, at: place)
        case .node(let operation, let parts):
            var values: [MathValue] = []
            for part in parts {
                guard let value = part.value(at: place) else { return nil }
                values.append(value)
            }
            return Self.value(of: operation, values)
        }
    }

    /// The expression with every part that is a fraction computed, which is then done once and not
    /// at each place.
    var folded: MathExpression {
        guard case .node(let operation, let parts) = self else { return self }
        let folded = parts.map(\.folded)
        let numbers = folded.compactMap { if case .number(let value) = $0 { value } else { nil } }
        let values = numbers.compactMap { MathValue($0) }
        guard values.count == folded.count, let value = Self.value(of: operation, values)?.fraction
        else { return .node(operation, folded) }
        return .number(value)
    }

    private static func value(of operation: Operation, _ parts: [MathValue]) -> MathValue? {
        guard let first = parts.first, let last = parts.last else { return nil }
        switch operation {
        case .sum: return parts.dropFirst().reduce(first) { sum, part in sum?.plus(part) }
        case .product: return parts.dropFirst().reduce(first) { part, next in part?.times(next) }
        case .quotient: return first.divided(by: last)
        case .negative: return -first
        case .power: return first.power(last)
        case .root: return last.wholeNumber.flatMap(first.root)
        case .logarithm: return last.logarithm(base: first)
        case .function(let function): return first.applying(function)
        case .factorial: return first.factorial
        case .binomial: return first.choose(last)
        case .degrees: return MathExpression.halfTurn.flatMap(first.times)
        case .percent: return first.divided(by: .exact(Rational(100)))
        case .eitherSign: return nil
        }
    }

    private static var halfTurn: MathValue? {
        MathExpression.constant(.pi).value(at: 0)?.divided(by: .exact(Rational(180)))
    }

    /// What a variable stands for: an odd number of 1024ths up to 4 of either sign, which its name
    /// and the place determine (FNV-1a, mixed as SplitMix64 does).
    ///
    /// No whole number, half or simple fraction is among them, at which expressions that differ
    /// often agree.
    private static func sample(_ name: String, at place: Int) -> MathValue {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash &+= UInt64(truncatingIfNeeded: place) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        let odd = Int(hash >> 53) * 2 + 1
        let isNegative = (hash >> 40) % 3 == 0
        let value = Rational(isNegative ? -odd : odd).divided(by: Rational(1_024))
        return .exact(value ?? Rational(odd))
    }
}
