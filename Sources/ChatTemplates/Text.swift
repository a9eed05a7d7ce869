/// A string that is compared scalar by scalar, as Python does.
///
/// Swift's own comparison takes "é" in one scalar and in two for the same, and so its dictionaries.
struct Text: Hashable {
    let string: String

    init(_ string: String) { self.string = string }

    static func == (left: Self, right: Self) -> Bool { left.string.isSame(right.string) }

    func hash(into hasher: inout Hasher) {
        var string = string
        string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String {
    /// Whether both are the same scalars.
    func isSame(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// The order of the scalars' numbers, which is that of UTF-8.
    func isBefore(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }

    func begins(with other: String) -> Bool { utf8.starts(with: other.utf8) }

    func ends(with other: String) -> Bool { utf8.reversed().starts(with: other.utf8.reversed()) }

    func holds(_ other: String) -> Bool {
        Array(utf8).firstPlace(of: Array(other.utf8), from: 0) != nil
    }

    init(_ bytes: ArraySlice<UInt8>) { self.init(decoding: bytes, as: UTF8.self) }

    init(_ scalars: some Sequence<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }

    /// Without scalars of a kind at the ends.
    func stripped(
        start: Bool, end: Bool, of isStripped: (Unicode.Scalar) -> Bool
    ) -> String {
        var scalars = unicodeScalars[...]
        if start { scalars = scalars.drop(while: isStripped) }
        while end, let last = scalars.last, isStripped(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// The pieces between occurrences of a separator, which is not empty.
    func pieces(separator: String, limit: Int) -> [String] {
        let (bytes, mark) = (Array(utf8), Array(separator.utf8))
        var pieces: [String] = []
        var start = 0
        while pieces.count < limit, let place = bytes.firstPlace(of: mark, from: start) {
            pieces.append(String(bytes[start..<place]))
            start = place + mark.count
        }
        return pieces + [String(bytes[start...])]
    }

    /// The words between white space.
    func words(limit: Int) -> [String] {
        var words: [String] = []
        var rest = unicodeScalars.drop(while: \.isPythonSpace)
        while !rest.isEmpty, words.count < limit {
            let word = rest.prefix { !$0.isPythonSpace }
            words.append(String(word))
            rest = rest[word.endIndex...].drop(while: \.isPythonSpace)
        }
        if !rest.isEmpty {
            words.append(String(rest).stripped(start: false, end: true, of: \.isPythonSpace))
        }
        return words
    }

    /// The lines, as `str.splitlines` has them.
    func pythonLines(keepingEnds: Bool) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in unicodeScalars {
            if previous == "\r", scalar == "\n" {
                if keepingEnds { lines[lines.count - 1] += "\n" }
            } else if Self.lineEnds.contains(scalar) {
                lines.append(String(line) + (keepingEnds ? String(scalar) : ""))
                line = String.UnicodeScalarView()
            } else {
                line.append(scalar)
            }
            previous = scalar
        }
        return line.isEmpty ? lines : lines + [String(line)]
    }

    private static let lineEnds: Set<Unicode.Scalar> = [
        "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}",
        "\u{2029}",
    ]

    /// The first letter in upper case, the others in lower case.
    var capitalizedOnce: String {
        guard let first = unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping + String(unicodeScalars.dropFirst()).lowercased()
    }

    /// Each word's first letter in upper case, where words are what stands between non-letters.
    func titled(_ isLetter: (Unicode.Scalar) -> Bool) -> String {
        var result = ""
        var wasLetter = false
        for scalar in unicodeScalars {
            result +=
                wasLetter ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            wasLetter = isLetter(scalar)
        }
        return result
    }
}

extension [UInt8] {
    /// Where a sequence begins, at `start` or after it.
    func firstPlace(of mark: [UInt8], from start: Int) -> Int? {
        guard let first = mark.first else { return start }
        var place = start
        while place + mark.count <= count {
            if self[place] == first, self[place..<place + mark.count].elementsEqual(mark) {
                return place
            }
            place += 1
        }
        return nil
    }
}
