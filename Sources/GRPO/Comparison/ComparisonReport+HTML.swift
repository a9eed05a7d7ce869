extension ComparisonReport {
    /// The report as one HTML file that loads nothing: its pictures are SVG within it.
    package static func html(_ result: Comparison) -> String {
        let document = ReportDocument(result)
        var page = Markup()
        page.append("<!DOCTYPE html>\n")
        page.element("html", [("lang", "en")]) { html in
            html.element("head") { head in
                head.element("meta", [("charset", "utf-8")])
                head.element(
                    "meta",
                    [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
                head.element("meta", [("name", "color-scheme"), ("content", "light dark")])
                head.element("title", content: document.title)
                head.append("<style>\n\(ReportStyle.sheet)</style>\n")
            }
            html.element("body") { body in
                body.element("main") { main in
                    main.element("h1", content: document.title)
                    main.element("p", [("class", "lead")], content: unbroken(document.lead))
                    for section in document.sections { write(section, to: &main) }
                }
            }
        }
        return page.text
    }

    /// `text` in which no line ends between a number and its percent sign.
    private static func unbroken(_ text: String) -> String {
        text.split(separator: " %", omittingEmptySubsequences: false)
            .joined(separator: "\u{A0}%")
    }

    private static func write(_ section: ReportSection, to page: inout Markup) {
        page.element("section") { part in
            part.element("h2", content: section.title)
            for block in section.blocks {
                switch block {
                case .text(let text): part.element("p", content: unbroken(text))
                case .table(let table): write(table, to: &part)
                case .figure(let figure): write(figure, to: &part)
                case .findings(let findings): write(findings, to: &part)
                }
            }
        }
    }

    private static func write(_ figure: ReportFigure, to page: inout Markup) {
        page.element("figure") { body in
            body.append(figure.svg)
            body.element("figcaption", content: figure.caption)
        }
        page.element("details") { details in
            details.element("summary", content: "The numbers")
            write(figure.table, to: &details)
        }
    }

    private static func write(_ findings: [Finding], to page: inout Markup) {
        page.element("dl", [("class", "findings")]) { list in
            for finding in findings {
                let kind = finding.verdict.rawValue.split(separator: " ").joined(separator: "-")
                list.element("div", [("class", kind)]) { entry in
                    entry.element("dt", content: finding.claim.sentence)
                    entry.element("dd", [("class", "verdict")], content: finding.verdict.rawValue)
                    entry.element("dd", content: unbroken(finding.evidence))
                }
            }
        }
    }

    private static func write(_ table: ReportTable, to page: inout Markup) {
        page.element("div", [("class", "table")]) { frame in
            frame.element("table") { body in
                body.element("thead") { head in
                    head.element("tr") { row in
                        for cell in table.header {
                            row.element("th", [("scope", "col")], content: cell)
                        }
                    }
                }
                body.element("tbody") { rows in
                    for cells in table.rows { write(cells, to: &rows) }
                }
            }
        }
    }

    private static func write(_ cells: [String], to page: inout Markup) {
        page.element("tr") { row in
            for (index, cell) in cells.enumerated() {
                let isMissing = cell == ReportFormat.missing
                if index == 0 {
                    row.element("th", [("scope", "row")], content: cell)
                } else {
                    row.element("td", isMissing ? [("class", "missing")] : [], content: cell)
                }
            }
        }
    }
}
