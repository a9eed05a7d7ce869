import Foundation

extension Profile {
    /// The stages as a tree, each with its calls and times, in the order in which they first began.
    public var table: String {
        let record = snapshot
        var rows = [ProfileRow.heading]
        for root in record.roots { rows += record.rows(of: root, depth: 0, inStep: false) }
        let widths = ProfileRow.heading.cells.indices.map { column in
            rows.map { $0.cells[column].count }.max() ?? 0
        }
        return rows.map { $0.text(widths: widths) + "\n" }.joined() + record.footer
    }
}

/// A line of the table.
private struct ProfileRow {
    let cells: [String]

    static let heading = ProfileRow(
        cells: ["stage", "calls", "wall s", "thread s", "of step", "own s", "median ms"])

    func text(widths: [Int]) -> String {
        let padded = zip(cells, widths).enumerated().map { column, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return column == 0 ? cell.0 + space : space + cell.0
        }
        let line = padded.joined(separator: "  ")
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}

extension ProfileRecord {
    /// A stage and those below it, then the time that none of them names.
    fileprivate func rows(of index: Int, depth: Int, inStep: Bool) -> [ProfileRow] {
        let node = nodes[index]
        let inStep = inStep || node.stage == .step
        let indent = String(repeating: "  ", count: depth)
        let own = ProfileRow(cells: [
            indent + node.stage.name, "\(node.calls)", Self.seconds(node.wallTime),
            Self.seconds(node.threadTime), inStep ? share(node.wallTime) : "",
            node.children.isEmpty ? "" : Self.seconds(node.ownTime),
            String(format: "%.3f", node.durations.median / 1e6),
        ])
        let below = node.children.flatMap { rows(of: $0, depth: depth + 1, inStep: inStep) }
        guard !below.isEmpty else { return [own] }
        let rest = ProfileRow(cells: [
            indent + "  (no stage)", "", Self.seconds(node.ownTime), "",
            inStep ? share(node.ownTime) : "", "", "",
        ])
        return [own] + below + [rest]
    }

    private func share(_ time: Int64) -> String {
        let steps = nodes.filter { $0.stage == .step }.reduce(0) { $0 + $1.wallTime }
        return String(format: "%.1f %%", 100 * Double(time) / Double(max(steps, 1)))
    }

    private static func seconds(_ time: Int64) -> String {
        String(format: "%.3f", Double(time) / 1e9)
    }

    fileprivate var footer: String {
        let explanation = """

            wall s     time in which at least one thread was in the stage
            thread s   the same added up over threads, which is more where they run side by side
            of step    the wall time's share of that of all steps; with several threads the shares
                       of stages that overlap add up to more than the whole
            own s      wall time in which no thread was in a stage below, and the line (no stage)
            median ms  of one call on one thread

            """
        guard droppedEvents > 0 else { return explanation }
        return explanation + "\n\(droppedNote)\n"
    }

    /// What the trace leaves out.
    var droppedNote: String {
        "The trace holds the first \(events.count) spans; \(droppedEvents) later ones are in the "
            + "table alone."
    }
}
