import Foundation

/// Markup under construction; text and attributes are escaped.
struct Markup {
    private(set) var text = ""

    /// An element without content, or with `content` as its text.
    mutating func element(
        _ name: String, _ attributes: [(String, String)] = [], content: String? = nil
    ) {
        let ending = content.map { ">\(Self.escaped($0))</\(name)>" } ?? "/>"
        text += "<\(name)\(Self.written(attributes))\(ending)\n"
    }

    /// An element around what `body` writes.
    mutating func element(
        _ name: String, _ attributes: [(String, String)] = [], around body: (inout Markup) -> Void
    ) {
        text += "<\(name)\(Self.written(attributes))>\n"
        body(&self)
        text += "</\(name)>\n"
    }

    /// Markup that was made, and escaped, elsewhere.
    mutating func append(_ markup: String) { text += markup }

    private static func written(_ attributes: [(String, String)]) -> String {
        attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
    }

    /// `text` without the characters that mean something to XML, and without those it forbids.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result += " "
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): break
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A coordinate with one decimal.
    static func place(_ value: Double) -> String {
        String(format: "%.1f", value.isFinite ? value : 0)
    }

    /// Places of a polyline or polygon.
    static func path(_ points: [(x: Double, y: Double)]) -> String {
        points.map { "\(place($0.x)),\(place($0.y))" }.joined(separator: " ")
    }
}

extension Markup {
    /// A straight line.
    mutating func line(
        _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), class name: String
    ) {
        element(
            "line",
            [
                ("class", name), ("x1", Self.place(from.x)), ("y1", Self.place(from.y)),
                ("x2", Self.place(to.x)), ("y2", Self.place(to.y)),
            ])
    }

    /// A word or number at a place.
    mutating func label(
        _ content: String, x: Double, y: Double, class name: String, anchor: String = "start"
    ) {
        element(
            "text",
            [
                ("class", name), ("x", Self.place(x)), ("y", Self.place(y)),
                ("text-anchor", anchor),
            ], content: content)
    }

    /// A picture with a title and a description for those who do not see it.
    mutating func picture(
        id: String, width: Double, height: Double, title: String, description: String,
        _ body: (inout Markup) -> Void
    ) {
        let attributes = [
            ("xmlns", "http://www.w3.org/2000/svg"), ("role", "img"),
            ("viewBox", "0 0 \(Int(width)) \(Int(height))"),
            ("aria-labelledby", "\(id)-title \(id)-description"),
        ]
        element("svg", attributes) { svg in
            svg.element("title", [("id", "\(id)-title")], content: title)
            svg.element("desc", [("id", "\(id)-description")], content: description)
            body(&svg)
        }
    }

    /// Named swatches in rows of at most `width`; returns the height that they take.
    mutating func legend(
        _ entries: [(name: String, class: String)], x: Double, y: Double, width: Double
    ) -> Double {
        var (left, top) = (x, y)
        for entry in entries {
            let needed = 40 + 6.6 * Double(entry.name.count)
            if left > x, left + needed > x + width { (left, top) = (x, top + 20) }
            element(
                "rect",
                [
                    ("class", "swatch \(entry.class)"), ("x", Self.place(left)),
                    ("y", Self.place(top - 9)), ("width", "14"), ("height", "10"), ("rx", "2"),
                ])
            label(entry.name, x: left + 20, y: top, class: "legend")
            left += needed
        }
        return top - y + 20
    }
}
