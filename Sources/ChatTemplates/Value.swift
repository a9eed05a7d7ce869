import Tokenizers

/// A value of a template, as Python has it.
///
/// Nothing but a namespace can change, as in jinja2's `ImmutableSandboxedEnvironment`; and there are
/// no attributes but those that ``Interpreter`` knows, so none that begin with `_`.
enum Value {
    /// With what is missing, for the error of its use.
    case undefined(String)
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case sequence(Sequence)
    case dictionary(Mapping)
    case namespace(Namespace)
    case loop(LoopState)
    case function(Function)

    /// Elements in a row: what Python has several types for.
    struct Sequence {
        enum Kind { case list, tuple, range, view(String), generator }
        let kind: Kind
        let elements: [Value]
        /// Containers inside each other, this one included.
        let depth: Int
        /// Values inside, those inside them too, counted as often as they stand there.
        let weight: Int

        init(kind: Kind, elements: [Value]) {
            self.kind = kind
            self.elements = elements
            depth = (elements.lazy.map(\.depth).max() ?? 0) + 1
            weight = elements.reduce(1) { $0.adding($1.weight) }
        }
    }

    /// What can be called.
    indirect enum Function {
        case global(String)
        case method(Value, String)
        case macro(Macro)
    }
}

/// A dictionary that keeps the order of its keys.
struct Mapping {
    private(set) var keys: [Value] = []
    private(set) var values: [Value] = []
    private var places: [Key: Int] = [:]
    private(set) var depth = 1
    private(set) var weight = 1

    subscript(_ key: Key) -> Value? { places[key].map { values[$0] } }

    var count: Int { keys.count }

    /// Sets a value; the first spelling of a key and its place stay.
    mutating func set(_ key: Value, _ hashed: Key, _ value: Value) {
        depth = max(depth, value.depth + 1)
        weight = weight.adding(value.weight).adding(1)
        if let place = places[hashed] {
            values[place] = value
        } else {
            places[hashed] = keys.count
            keys.append(key)
            values.append(value)
        }
    }

    mutating func set(_ name: String, _ value: Value) {
        set(.string(name), .text(Text(name)), value)
    }
}

/// A key of a dictionary: Python's `1`, `1.0` and `True` are one.
enum Key: Hashable {
    case none
    case integer(Int)
    case number(Double)
    case text(Text)
    case tuple([Key])

    /// The key of a value, or nil where Python has none (lists, dictionaries).
    init?(_ value: Value) {
        switch value {
        case .none: self = .none
        case .bool(let value): self = .integer(value ? 1 : 0)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = Int(exactly: value).map { .integer($0) } ?? .number(value)
        case .string(let value): self = .text(Text(value))
        case .sequence(let sequence):
            guard case .tuple = sequence.kind else { return nil }
            var keys: [Key] = []
            for element in sequence.elements {
                guard let key = Key(element) else { return nil }
                keys.append(key)
            }
            self = .tuple(keys)
        default: return nil
        }
    }
}

/// The one thing that a template can change.
final class Namespace {
    var attributes = Mapping()
}

/// `loop`, in one iteration.
struct LoopState {
    let elements: [Value]
    let index: Int
    /// Loops around this one.
    let level: Int
    let depth: Int
    /// What calling `loop` runs, where it is recursive.
    let recursion: (Loop, Scope)?
}

extension Value {
    /// Containers inside each other, so that none gets so deep that freeing it overflows the stack.
    var depth: Int {
        switch self {
        case .sequence(let sequence): sequence.depth
        case .dictionary(let mapping): mapping.depth
        case .loop(let loop): loop.depth
        case .function(.method(let value, _)): value.depth + 1
        default: 0
        }
    }

    static func sequence(_ kind: Sequence.Kind, _ elements: [Value]) -> Value {
        .sequence(Sequence(kind: kind, elements: elements))
    }

    /// What comparing or copying it costs.
    var weight: Int {
        switch self {
        case .sequence(let sequence): sequence.weight
        case .dictionary(let mapping): mapping.weight
        case .string(let text): 1 + text.utf8.count / 64
        default: 1
        }
    }

    static func list(_ elements: [Value]) -> Value { .sequence(.list, elements) }

    static func tuple(_ elements: [Value]) -> Value { .sequence(.tuple, elements) }

    init(_ json: JSON) {
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let elements): self = .list(elements.map { Value($0) })
        case .object(let members):
            var mapping = Mapping()
            for member in members { mapping.set(member.key, Value(member.value)) }
            self = .dictionary(mapping)
        }
    }

    /// What Python's `bool()` says.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0
        case .string(let value): !value.isEmpty
        case .sequence(let sequence):
            if case .generator = sequence.kind { true } else { !sequence.elements.isEmpty }
        case .dictionary(let mapping): mapping.count > 0
        case .loop(let loop): !loop.elements.isEmpty
        case .namespace, .function: true
        }
    }

    /// The name of its type, as errors show it.
    var typeName: String {
        switch self {
        case .undefined: "an undefined value"
        case .none: "none"
        case .bool: "a bool"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .sequence(let sequence):
            switch sequence.kind {
            case .list: "a list"
            case .tuple: "a tuple"
            case .range: "a range"
            case .view: "a view of a dictionary"
            case .generator: "a generator"
            }
        case .dictionary: "a dictionary"
        case .namespace: "a namespace"
        case .loop: "a loop"
        case .function: "a function"
        }
    }
}

extension Int {
    /// The sum, or the largest number where it would be beyond it.
    func adding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    func multiplied(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
