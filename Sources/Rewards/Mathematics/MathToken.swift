/// A part of mathematical text.
struct MathToken: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// A whole number, its digits (values 0 to 9) the highest first.
        case digits([UInt8])
        /// A number with a decimal point or an exponent.
        case decimal(Rational)
        /// A name of one letter or a Greek one.
        case letter(String)
        /// A word, a unit for example.
        case word(String)
        /// An operator, a bracket or a separator, in one spelling each.
        case symbol(String)
        /// A structure of LaTeX that takes arguments: frac, sqrt, binom, group, begin, end.
        case structure(String)
        case function(MathFunction)
        /// A logarithm: ln, or log, whose base is 10 unless it is written.
        case logarithm(isNatural: Bool)
        case constant(MathConstant)
    }

    var kind: Kind
    /// Whether white space stands before it.
    var isSpaced = false

    func isSymbol(_ text: String) -> Bool { kind == .symbol(text) }

    var isWord: Bool { if case .word = kind { true } else { false } }

    var isNumber: Bool {
        switch kind {
        case .digits, .decimal: true
        default: false
        }
    }
}

/// What the words of LaTeX and of plain text stand for.
enum MathVocabulary {
    /// Commands that are an operator, a bracket or a sign.
    static let symbols = [
        "cdot": "*", "times": "*", "ast": "*", "div": "/", "pm": "±", "mp": "∓", "le": "≤",
        "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠",
        "lt": "<", "gt": ">", "in": "∈", "cup": "∪", "lbrace": "⟦", "rbrace": "⟧", "{": "⟦",
        "}": "⟧", "lbrack": "[", "rbrack": "]", "vert": "|", "lvert": "|", "rvert": "|", "%": "%",
        "circ": "°", "degree": "°", "emptyset": "∅", "varnothing": "∅", "lfloor": "⌊",
        "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "\\": "\\\\", "approx": "≈", "lor": "or",
    ]

    /// Commands that only place what follows.
    static let ignored: Set<String> = [
        "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl",
        "biggr", "displaystyle", "textstyle", "limits", "$", "(", ")", "[", "]", "middle",
    ]

    static let spaces: Set<String> = [",", ";", ":", "!", ">", " ", "quad", "qquad", "space"]

    static let structures = [
        "frac": "frac", "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "sqrt": "sqrt",
        "binom": "binom", "dbinom": "binom", "tbinom": "binom", "boxed": "group",
        "fbox": "group", "begin": "begin", "end": "end",
    ]

    /// Commands whose argument is words.
    static let texts: Set<String> = ["text", "mbox", "textrm", "textnormal", "textsf"]
    /// Commands whose argument is mathematics in another font.
    static let fonts: Set<String> = [
        "mathrm", "mathbf", "mathit", "mathsf", "textbf", "textit", "operatorname", "boldsymbol",
        "rm", "bf",
    ]

    static let functions: [String: MathFunction] = [
        "sin": .sine, "cos": .cosine, "tan": .tangent, "cot": .cotangent, "sec": .secant,
        "csc": .cosecant, "arcsin": .arcsine, "arccos": .arccosine, "arctan": .arctangent,
        "asin": .arcsine, "acos": .arccosine, "atan": .arctangent, "sinh": .hyperbolicSine,
        "cosh": .hyperbolicCosine, "tanh": .hyperbolicTangent, "exp": .exponential,
        "abs": .absolute, "floor": .floor, "ceil": .ceiling,
    ]

    static let greek: Set<String> = [
        "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta",
        "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "varphi",
        "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega",
        "ell",
    ]

    /// Words of two or three letters that are not products of variables.
    static let shortWords: Set<String> = [
        "yes", "no", "odd", "all", "not", "day", "one", "two", "the",
        "of", "is", "are", "was", "for", "it", "we", "sum",
    ]

    /// Units of two or three letters, which are words after a number.
    static let units: Set<String> = [
        "mm", "cm", "dm", "km", "mi", "ft", "in", "yd", "mg", "kg", "lb", "lbs", "oz", "ml", "mL",
        "cl", "dl", "dL", "ms", "sec", "min", "hr", "hrs", "mph", "kmh", "kph", "deg", "rad", "Hz",
        "kHz", "MHz", "kW", "kJ", "mol", "USD", "EUR", "pts", "sq", "cu", "am", "pm", "pct",
    ]

    /// What a command or a word of plain text stands for, beside variables.
    static func kind(of name: String) -> MathToken.Kind? {
        if let function = functions[name] { return .function(function) }
        switch name {
        case "pi": return .constant(.pi)
        case "infty", "infinity", "inf": return .constant(.infinity)
        case "ln": return .logarithm(isNatural: true)
        case "log", "lg": return .logarithm(isNatural: false)
        default: return nil
        }
    }

    /// Signs beside ASCII, in the spelling that the parser knows.
    static let signs: [Unicode.Scalar: MathToken.Kind] = [
        "×": .symbol("*"), "·": .symbol("*"), "⋅": .symbol("*"), "∙": .symbol("*"),
        "∗": .symbol("*"), "÷": .symbol("/"), "∕": .symbol("/"), "⁄": .symbol("/"),
        "−": .symbol("-"), "–": .symbol("-"), "±": .symbol("±"), "∓": .symbol("∓"),
        "≤": .symbol("≤"), "≥": .symbol("≥"), "≠": .symbol("≠"), "∈": .symbol("∈"),
        "∪": .symbol("∪"), "°": .symbol("°"), "∅": .symbol("∅"), "ℝ": .symbol("ℝ"),
        "≈": .symbol("≈"), "⌊": .symbol("⌊"), "⌋": .symbol("⌋"), "⌈": .symbol("⌈"),
        "⌉": .symbol("⌉"), "π": .constant(.pi), "∞": .constant(.infinity),
        "√": .structure("sqrt"),
    ]

    /// Raised digits.
    static let raised: [Unicode.Scalar: UInt8] = [
        "⁰": 0, "¹": 1, "²": 2, "³": 3, "⁴": 4, "⁵": 5, "⁶": 6, "⁷": 7, "⁸": 8, "⁹": 9,
    ]
}
