import Foundation

extension Profile {
    /// The spans in Chrome's trace event format, JSON, which chrome://tracing and ui.perfetto.dev
    /// show: complete events ("X"), of microseconds, and the names of the threads.
    ///
    /// A "thread" is a sequence of spans that never overlap: the program itself, which may go on
    /// on another thread of the system after waiting, and each of those that run beside it.
    public var trace: String {
        let record = snapshot
        let process = ProcessInfo.processInfo.processIdentifier
        var lines = [Self.metadata("process_name", ProcessInfo.processInfo.processName, process, 0)]
        for lane in 0..<record.laneCount {
            let name = lane == 0 ? "main" : "side by side \(lane + 1)"
            lines.append(Self.metadata("thread_name", name, process, lane))
        }
        let names = record.nodes.map { Self.quoted($0.stage.name) }
        for event in record.events {
            lines.append(event.json(name: names[event.node], process: process))
        }
        if record.droppedEvents > 0, let last = record.events.last {
            lines.append(
                "{\"name\":\(Self.quoted(record.droppedNote)),\"ph\":\"i\",\"s\":\"g\","
                    + "\"ts\":\(microseconds(last.start)),\"pid\":\(process),\"tid\":0}")
        }
        return "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"dropped_spans\":"
            + "\(record.droppedEvents)},\"traceEvents\":[\n"
            + lines.joined(separator: ",\n") + "\n]}\n"
    }

    private static func metadata(
        _ kind: String, _ name: String, _ process: Int32, _ lane: Int
    ) -> String {
        "{\"name\":\"\(kind)\",\"ph\":\"M\",\"pid\":\(process),\"tid\":\(lane),"
            + "\"args\":{\"name\":\(quoted(name))}}"
    }

    /// A JSON string.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{0}"..<"\u{20}": result += String(format: "\\u%04x", scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension ProfileRecord.Event {
    fileprivate func json(name: String, process: Int32) -> String {
        var text =
            "{\"name\":\(name),\"ph\":\"X\",\"ts\":\(microseconds(start)),"
            + "\"dur\":\(microseconds(duration ?? 0)),\"pid\":\(process),\"tid\":\(lane)"
        if !facts.isEmpty {
            text += ",\"args\":{" + facts.map(\.json).joined(separator: ",") + "}"
        }
        return text + "}"
    }
}

extension Profile.Fact {
    fileprivate var json: String {
        switch self {
        case .step(let number): "\"step\":\(number)"
        case .rows(let count): "\"rows\":\(count)"
        case .tokens(let count): "\"tokens\":\(count)"
        }
    }
}

/// Nanoseconds as microseconds, exactly.
private func microseconds(_ nanoseconds: Int64) -> String {
    let fraction = "\(nanoseconds % 1000)"
    return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
}
