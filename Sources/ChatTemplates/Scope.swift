/// The variables of a loop's iteration, of a macro's call or of the template.
///
/// What is set inside a scope ends with it; inner scopes read the outer ones as they are then.
final class Scope {
    var values: [String: Value] = [:]
    let parent: Scope?

    init(_ parent: Scope?) { self.parent = parent }

    subscript(_ name: String) -> Value? {
        var scope: Scope? = self
        while let current = scope {
            if let value = current.values[name] { return value }
            scope = current.parent
        }
        return nil
    }
}

/// A macro, or the body of a call block.
final class Macro {
    let name: String
    let signature: Signature
    let body: [Statement]
    /// Where it was defined; taken away at the end, as the scope may hold the macro.
    var scope: Scope?

    init(name: String, signature: Signature, body: [Statement], scope: Scope) {
        self.name = name
        self.signature = signature
        self.body = body
        self.scope = scope
    }
}

/// The values of a call.
struct CallArguments {
    var positional: [Value] = []
    var named: [(name: String, value: Value)] = []

    /// The value of each parameter, nil where none is given.
    func bound(to parameters: [String]) throws(Invalid) -> [Value?] {
        guard positional.count <= parameters.count else {
            throw Invalid(
                "expected at most \(parameters.count) arguments, found \(positional.count)")
        }
        var values: [Value?] =
            positional + Array(repeating: nil, count: parameters.count - positional.count)
        for (name, value) in named {
            guard let place = parameters.firstIndex(of: name) else {
                throw Invalid("there is no argument \"\(name)\"")
            }
            guard values[place] == nil else { throw Invalid("\"\(name)\" is given twice") }
            values[place] = value
        }
        return values
    }
}

/// A value that an operation cannot take; the interpreter adds the place.
struct Invalid: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
