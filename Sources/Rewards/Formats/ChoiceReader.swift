import Foundation

/// Reads which of some lettered choices a text names.
struct ChoiceReader {
    /// The letters that can be chosen, A to J at most.
    let letters: ArraySlice<Character>
    /// The texts of the choices by letter, where the data row has them.
    let texts: [Character: String]

    static let allLetters = Array("ABCDEFGHIJ")

    init(texts: [String]) {
        letters = Self.allLetters.prefix(texts.isEmpty ? Self.allLetters.count : texts.count)
        self.texts = Dictionary(
            zip(letters, texts.map(Self.normalized)), uniquingKeysWith: { first, _ in first })
    }

    /// The choice of a completion: where it states its answer, else the last "(B)" in it.
    func choice(among candidates: [String], of completion: String) -> Character? {
        for candidate in candidates {
            if isAmbiguous(candidate) { return nil }
            if let letter = letter(of: candidate) { return letter }
        }
        return lastBracketed(in: completion)
    }

    /// The choice that a text is: "B", "(b)", "B.", "B) Paris", `\text{(B)}`, or a choice's text.
    func letter(of text: String) -> Character? {
        let text = Self.unwrapped(text)
        if let same = texts.first(where: { $0.value == Self.normalized(text) }) { return same.key }
        var rest = text.drop { "([{*\"' ".contains($0) }
        for word in ["option ", "choice "] where rest.lowercased().hasPrefix(word) {
            rest = rest.dropFirst(word.count).drop { "([{*\"' ".contains($0) }
        }
        guard let first = rest.first, let letter = known(first) else { return nil }
        rest = rest.dropFirst()
        let isBare = rest.allSatisfy { ")]}*\"'.,:;$ ".contains($0) }
        guard !isBare, let next = rest.first else { return letter }
        // In a sentence only a capital names a choice, and "A" may be an article.
        guard first.isUppercase else { return ")]".contains(next) ? letter : nil }
        if ")].:,*}".contains(next) { return letter }
        guard next.isWhitespace else { return nil }
        let word = rest.dropFirst().prefix { $0.isLetter }
        return first != "A" && first != "I" || Self.reasons.contains(String(word)) ? letter : nil
    }

    private static let reasons: Set<String> = ["because", "since", "as", "which", "is"]

    /// Whether a text names several: "B or C".
    private func isAmbiguous(_ text: String) -> Bool {
        let words = Self.unwrapped(text).split { !$0.isLetter && !$0.isNumber }.prefix(3)
        let named = words.filter { $0.count == 1 && $0.first.flatMap(known) != nil }
        let joined = words.count == 3 && ["or", "and"].contains(words[1].lowercased())
        let isList = words.count == 2 && text.contains { ",/&".contains($0) }
        return named.count == 2 && (joined || isList) && named[0] != named[1]
    }

    private func known(_ character: Character) -> Character? {
        let upper = Character(character.uppercased().first.map(String.init) ?? " ")
        return letters.contains(upper) && character.isASCII ? upper : nil
    }

    private func lastBracketed(in text: String) -> Character? {
        let scalars = Array(text.unicodeScalars)
        for index in stride(from: scalars.count - 3, through: 0, by: -1)
        where scalars[index] == "(" && scalars[index + 2] == ")" {
            if let letter = known(Character(scalars[index + 1])) { return letter }
        }
        return nil
    }

    /// Without boxes, fonts, dollar signs and white space around it.
    private static func unwrapped(_ text: String) -> String {
        var text = text.trimmingCharacters(in: wrapping)
        for _ in 0..<4 {
            guard let command = commands.first(where: text.hasPrefix) else { break }
            text = String(text.dropFirst(command.count))
            if let end = text.lastIndex(of: "}") { text.remove(at: end) }
            text = text.trimmingCharacters(in: wrapping)
        }
        return text
    }

    private static let wrapping = CharacterSet.whitespacesAndNewlines
        .union(CharacterSet(charactersIn: "$*"))
    private static let commands = [
        "\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{", "\\boxed{", "\\mbox{", "\\textrm{",
    ]

    private static func normalized(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines.union(.init(charactersIn: ".\"'")))
            .lowercased()
    }
}
