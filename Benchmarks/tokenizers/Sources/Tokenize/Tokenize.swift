import Foundation
import Tokenizers

/// The library's tokenizers as a program, for the scripts that compare and measure them.
///
///     Tokenize encode|encode-special|decode|decode-all|stream TOKENIZER.JSON < RECORDS > RECORDS
///     Tokenize measure TOKENIZER.JSON RECORDS
///
/// A record is its length, in four bytes, and as many bytes: a text, or ids of four bytes each; the
/// lowest byte is first. `measure` encodes all texts whenever a line comes in, one after the other,
/// and answers with the seconds that it took and the number of tokens.
@main struct Tokenize {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else {
            print("usage: Tokenize encode|encode-special|decode|decode-all|stream|measure FILE")
            exit(2)
        }
        let tokenizer = try Tokenizer(
            json: Data(contentsOf: URL(filePath: arguments[2])), configuration: nil,
            name: arguments[2])
        if arguments[1] == "measure", arguments.count == 4 {
            try measure(tokenizer, try Data(contentsOf: URL(filePath: arguments[3])))
            return
        }
        var output = Data()
        for record in records(try FileHandle.standardInput.readToEnd() ?? Data()) {
            append(answer(to: record, arguments[1], tokenizer), to: &output)
        }
        try FileHandle.standardOutput.write(contentsOf: output)
    }

    private static func answer(to record: Data, _ command: String, _ tokenizer: Tokenizer) -> Data {
        switch command {
        case "encode", "encode-special":
            let tokens = tokenizer.encode(
                text(record), addingSpecialTokens: command == "encode-special")
            var bytes = Data()
            for token in tokens { append(UInt32(token), to: &bytes) }
            return bytes
        case "decode": return Data(tokenizer.decode(tokens(record)).utf8)
        case "decode-all":
            return Data(tokenizer.decode(tokens(record), skippingSpecialTokens: false).utf8)
        default:
            var decoder = StreamingDecoder(tokenizer)
            let parts = tokens(record).map { decoder.append($0) } + [decoder.finish()]
            return Data(parts.joined().utf8)
        }
    }

    private static func measure(_ tokenizer: Tokenizer, _ data: Data) throws {
        let texts = records(data).map(text)
        while readLine() != nil {
            var count = 0
            let duration = ContinuousClock().measure {
                for text in texts { count += tokenizer.encode(text).count }
            }
            let line = "\(duration / .seconds(1)) \(count)\n"
            try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
        }
    }

    private static func text(_ record: Data) -> String { String(decoding: record, as: UTF8.self) }

    private static func tokens(_ record: Data) -> [Int] {
        stride(from: record.startIndex, to: record.endIndex, by: 4).map { number(record, at: $0) }
    }

    private static func records(_ data: Data) -> [Data] {
        var records: [Data] = []
        var place = data.startIndex
        while place + 4 <= data.endIndex {
            let end = min(place + 4 + number(data, at: place), data.endIndex)
            records.append(data[place + 4..<end])
            place = end
        }
        return records
    }

    private static func number(_ data: Data, at place: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(data[place + $1]) << ($1 * 8) }
    }

    private static func append(_ number: UInt32, to data: inout Data) {
        for shift in [0, 8, 16, 24] { data.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private static func append(_ record: Data, to data: inout Data) {
        append(UInt32(record.count), to: &data)
        data += record
    }
}
