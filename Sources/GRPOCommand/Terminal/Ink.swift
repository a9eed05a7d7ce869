/// The colours of the terminal layer, of the sixteen that the user's theme sets.
enum Ink: Int {
    case bold = 1
    case dim = 2
    case green = 32
    case yellow = 33
    case cyan = 36

    /// The text in this ink, or as it is where colours are not wanted.
    func on(_ text: String, if usesColor: Bool) -> String {
        usesColor && !text.isEmpty ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
