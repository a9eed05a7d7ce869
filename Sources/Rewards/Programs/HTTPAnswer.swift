import Foundation

/// What a server sent so far.
struct HTTPAnswer {
    /// Bytes of the longest head that is read.
    static let longestHead = 65_536

    /// The body so far.
    let body: [UInt8]
    /// Bytes that are still to come; `nil` where the head does not say, and the end of the connection
    /// is that of the body.
    let missing: Int?

    /// Reads an answer of status 200.
    ///
    /// - Parameter bytes: from the first on, to the end of the connection unless the head announces
    ///   a length.
    /// - Throws: `HTTPFailure` for any other, and for what is none.
    init(_ bytes: [UInt8]) throws(HTTPFailure) {
        guard let end = Self.endOfHead(bytes) else {
            throw HTTPFailure("expected an HTTP answer, found \(bytes.count) bytes without its end")
        }
        let head = String(decoding: bytes[..<end.head], as: UTF8.self)
        // In Swift, CR and LF together are one character, which is a line break too.
        let lines = head.split(whereSeparator: \.isNewline)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw HTTPFailure(
                "expected an HTTP answer, found \(excerpt(String(lines.first ?? "")))",
                isWorthARetry: false)
        }
        guard status == 200 else {
            let text = String(decoding: bytes[end.body...].prefix(400), as: UTF8.self)
            throw HTTPFailure(
                "expected status 200, found \(status): \(excerpt(text, limit: 200))",
                isWorthARetry: status == 429 || status >= 500)
        }
        let fields = lines.dropFirst().map { $0.split(separator: ":", maxSplits: 1) }
        func value(_ name: String) -> String? {
            fields.first { $0.count == 2 && $0[0].lowercased() == name }
                .map { $0[1].trimmingCharacters(in: .whitespaces) }
        }
        guard value("transfer-encoding").map({ $0 == "identity" }) ?? true else {
            throw HTTPFailure(
                "expected a body as it is, as HTTP/1.0 has it, found transfer-encoding "
                    + "\(value("transfer-encoding") ?? "")", isWorthARetry: false)
        }
        let length = value("content-length").flatMap { Int($0) }
        let rest = bytes[end.body...]
        body = Array(length.map { rest.prefix(max(0, $0)) } ?? rest)
        missing = length.map { max(0, $0 - rest.count) }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> (head: Int, body: Int)? {
        let (carriage, feed) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        for place in bytes.indices.prefix(longestHead) where bytes[place] == feed {
            let rest = bytes[(place + 1)...]
            if rest.first == feed { return (place, place + 2) }
            if rest.starts(with: [carriage, feed]) { return (place, place + 3) }
        }
        return nil
    }
}
