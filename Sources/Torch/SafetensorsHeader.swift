import Foundation

/// The JSON header of a safetensors file: read with every rule of the format, and written.
enum SafetensorsHeader {
    private struct Field: Decodable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Header: Decodable {
        var fields: [String: Field] = [:]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: AnyKey.self)
            for key in container.allKeys {
                if key.stringValue == "__metadata__" {
                    _ = try container.decodeIfPresent([String: String].self, forKey: key)
                } else {
                    fields[key.stringValue] = try container.decode(Field.self, forKey: key)
                }
            }
        }
    }

    static func entries(
        _ header: Data, dataSize: Int
    ) throws(SafetensorsProblem) -> [String: SafetensorsFile.Entry] {
        guard header.first == UInt8(ascii: "{") else {
            throw .malformed("it does not begin with {")
        }
        let fields: [String: Field]
        do {
            fields = try JSONDecoder().decode(Header.self, from: header).fields
        } catch {
            throw .malformed("\(error)")
        }
        var entries: [String: SafetensorsFile.Entry] = [:]
        for (name, field) in fields { entries[name] = try entry(name, field) }
        try checkCoverage(entries, dataSize: dataSize)
        return entries
    }

    private static func entry(
        _ name: String, _ field: Field
    ) throws(SafetensorsProblem) -> SafetensorsFile.Entry {
        guard field.offsets.count == 2, field.offsets[0] >= 0, field.offsets[0] <= field.offsets[1]
        else { throw .malformed("\"\(name)\" has data_offsets \(field.offsets)") }
        let entry = SafetensorsFile.Entry(
            dtype: field.dtype, shape: field.shape, bytes: field.offsets[0]..<field.offsets[1])
        guard let width = byteCounts[field.dtype] else { throw .unsupported(name, field.dtype) }
        var size = width
        for axis in field.shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: axis)
            guard axis >= 0, !overflow else {
                throw .malformed("\"\(name)\" has shape \(field.shape)")
            }
            size = product
        }
        guard size == entry.bytes.count else {
            throw .malformed(
                "\"\(name)\" of shape \(field.shape) and type \(field.dtype) takes \(size) bytes, "
                    + "its data_offsets hold \(entry.bytes.count)")
        }
        return entry
    }

    private static let byteCounts = [
        "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "U16": 2, "I16": 2, "F16": 2,
        "BF16": 2, "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
    ]

    /// The tensors fill the data from its first byte to its last.
    private static func checkCoverage(
        _ entries: [String: SafetensorsFile.Entry], dataSize: Int
    ) throws(SafetensorsProblem) {
        var end = 0
        for entry in entries.values.sorted(by: {
            ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
        }) {
            guard entry.bytes.lowerBound == end else {
                throw .malformed("a hole or an overlap at byte \(end) of the data")
            }
            end = entry.bytes.upperBound
        }
        guard end == dataSize else { throw .truncated(expected: end, found: dataSize) }
    }

    static func encode(_ tensors: [(name: String, dtype: DType, shape: [Int])]) -> Data {
        var offset = 0
        var text = #"{"__metadata__":{"format":"pt"}"#
        for (name, dtype, shape) in tensors {
            let end = offset + shape.reduce(dtype.byteCount, *)
            let sizes = shape.map(String.init).joined(separator: ",")
            text += #","\#(name)":{"dtype":"\#(dtype.safetensorsName)","shape":[\#(sizes)],"#
            text += #""data_offsets":[\#(offset),\#(end)]}"#
            offset = end
        }
        text += "}"
        text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        let length = UInt64(text.utf8.count)
        return Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }) + Data(text.utf8)
    }
}

/// What is wrong with a safetensors file.
public enum SafetensorsProblem: Error, Equatable, Sendable {
    case unreadable(String)
    case unwritable(String)
    case truncated(expected: Int, found: Int)
    case headerTooLong(UInt64)
    case malformed(String)
    case missing(String)
    case unsupported(String, String)
}

/// A safetensors file that cannot be used, and why.
public struct SafetensorsError: Error, Equatable, CustomStringConvertible {
    /// The path of the file.
    public let file: String
    /// What is wrong with it.
    public let problem: SafetensorsProblem

    /// File, problem, and what to do.
    public var description: String {
        switch problem {
        case .unreadable(let reason): "\(file): cannot be read: \(reason)"
        case .unwritable(let reason):
            "\(file): cannot be written: \(reason) Nothing was left behind."
        case .truncated(let expected, let found):
            "\(file): expected \(expected) bytes, found \(found); the file is not whole. "
                + "Copy or download it again."
        case .headerTooLong(let length):
            "\(file): its header claims \(length) bytes, at most 100000000 are allowed; "
                + "this is not a safetensors file."
        case .malformed(let reason): "\(file): the safetensors header is malformed: \(reason)"
        case .missing(let name):
            "\(file): has no tensor \"\(name)\"; is config.json from the same model?"
        case .unsupported(let name, let dtype):
            "\(file): \"\(name)\" has type \(dtype); supported are F32, F64, BF16, F16, I64, BOOL."
        }
    }
}
