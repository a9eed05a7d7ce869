/// A ``Comparison`` as a report for readers.
package enum ComparisonReport {
    /// The report as Markdown: text and tables.
    package static func markdown(_ result: Comparison) -> String {
        let document = ReportDocument(result)
        var parts = ["# \(plain(document.title))", plain(document.lead)]
        for section in document.sections {
            parts.append("## \(plain(section.title))")
            parts += section.blocks.map(markdown)
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func markdown(_ block: ReportBlock) -> String {
        switch block {
        case .text(let text): plain(text)
        case .table(let table): markdown(table)
        case .figure(let figure): plain(figure.caption) + "\n\n" + markdown(figure.table)
        case .findings(let findings):
            findings.map { finding in
                "**\(plain(finding.claim.sentence))**\n\n"
                    + "*\(finding.verdict.rawValue)*: \(plain(finding.evidence))"
            }.joined(separator: "\n\n")
        }
    }

    private static func markdown(_ table: ReportTable) -> String {
        let rule = table.header.map { _ in "---" }
        let rows = [table.header.map(plain), rule] + table.rows.map { $0.map(plain) }
        return rows.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    /// `text` without what Markdown or its HTML would take for markup.
    private static func plain(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "<": result += "&lt;"
            case "&": result += "&amp;"
            case "\\", "`", "*", "_", "|", "[", "]", "#": result += "\\\(character)"
            case _ where character.isNewline: result += " "
            default: result.append(character)
            }
        }
        return result
    }
}
