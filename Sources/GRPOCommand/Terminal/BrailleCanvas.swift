/// A grid of dots, two by four in each character.
struct BrailleCanvas {
    /// The bits of a character's dots, row by row: Unicode numbers the lowest row last.
    private static let bits: [UInt32] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]

    let columns: Int
    let rows: Int
    private var cells: [UInt32]

    /// An empty canvas of so many characters.
    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        cells = Array(repeating: 0, count: columns * rows)
    }

    /// The dots of a row.
    var dotColumns: Int { 2 * columns }

    /// The dots of a column.
    var dotRows: Int { 4 * rows }

    /// Sets a dot; (0, 0) is at the top left, and dots outside are left out.
    mutating func setDot(_ x: Int, _ y: Int) {
        guard (0..<dotColumns).contains(x), (0..<dotRows).contains(y) else { return }
        cells[y / 4 * columns + x / 2] |= Self.bits[y % 4 * 2 + x % 2]
    }

    /// Draws a straight line between two dots, both set.
    mutating func drawLine(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
        let (width, height) = (end.x - start.x, end.y - start.y)
        let count = max(abs(width), abs(height), 1)
        for step in 0...count {
            let share = Double(step) / Double(count)
            setDot(
                start.x + Int((share * Double(width)).rounded()),
                start.y + Int((share * Double(height)).rounded()))
        }
    }

    /// The characters of a row, without blanks at its end.
    func text(row: Int) -> String {
        let cells = cells[row * columns..<(row + 1) * columns]
        guard let last = cells.lastIndex(where: { $0 != 0 }) else { return "" }
        // A blank of braille is drawn as small circles by some fonts; a space is not.
        let scalars = cells[...last].map { $0 == 0 ? " " : Unicode.Scalar(0x2800 + $0) ?? " " }
        return String(String.UnicodeScalarView(scalars))
    }
}
