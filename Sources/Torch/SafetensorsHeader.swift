import Foundation

/// The JSON header of a safetensors file, read with every rule of the format, and written.
///
/// Stricter than Python's package in one thing: a name that stands twice is refused, also when it is
/// spelled with escapes the second time. What the program reads is what every other program reads.
enum SafetensorsHeader {
    /// The tensors that a header lists, which fill `dataSize` bytes.
    static func entries(
        _ header: [UInt8], dataSize: Int
    ) throws(SafetensorsProblem) -> [String: SafetensorsFile.Entry] {
        guard header.first == UInt8(ascii: "{") else {
            throw .malformed("it does not begin with {")
        }
        var fields: [(name: String, field: Field)] = []
        do throws(JSONReaderError) {
            var reader = JSONReader(header)
            try reader.members { (reader, name) throws(JSONReaderError) in
                if name == "__metadata__" {
                    try skipMetadata(&reader)
                } else {
                    fields.append((name, try Field(&reader)))
                }
            }
            try reader.end()
        } catch {
            throw .malformed(error.description)
        }
        var entries: [String: SafetensorsFile.Entry] = [:]
        for (name, field) in fields { entries[name] = try entry(name, field) }
        try checkCoverage(entries, dataSize: dataSize)
        return entries
    }

    private struct Field {
        var dtype: String?
        var shape: [Int]?
        var offsets: [Int]?

        init(_ reader: inout JSONReader) throws(JSONReaderError) {
            var field = (dtype: String?.none, shape: [Int]?.none, offsets: [Int]?.none)
            try reader.members { (reader, name) throws(JSONReaderError) in
                switch name {
                case "dtype": field.dtype = try reader.string()
                case "shape": field.shape = try Self.counts(&reader)
                case "data_offsets": field.offsets = try Self.counts(&reader)
                default: try reader.skip()
                }
            }
            (dtype, shape, offsets) = field
        }

        private static func counts(_ reader: inout JSONReader) throws(JSONReaderError) -> [Int] {
            var counts: [Int] = []
            try reader.elements { (reader) throws(JSONReaderError) in
                counts.append(try reader.count())
            }
            return counts
        }
    }

    /// Texts by name, or null.
    private static func skipMetadata(_ reader: inout JSONReader) throws(JSONReaderError) {
        if reader.isNull() { return }
        try reader.members { (reader, _) throws(JSONReaderError) in _ = try reader.string() }
    }

    private static func entry(
        _ name: String, _ field: Field
    ) throws(SafetensorsProblem) -> SafetensorsFile.Entry {
        guard let dtype = field.dtype, let shape = field.shape, let offsets = field.offsets else {
            throw .malformed("\"\(name)\" lacks dtype, shape or data_offsets")
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw .malformed("\"\(name)\" has data_offsets \(offsets)")
        }
        guard var bits = bitCounts[dtype] else { throw .unsupported(name, dtype) }
        for axis in shape {
            let (product, overflow) = bits.multipliedReportingOverflow(by: axis)
            guard !overflow else { throw .malformed("\"\(name)\" has shape \(shape)") }
            bits = product
        }
        guard bits % 8 == 0, bits / 8 == offsets[1] - offsets[0] else {
            throw .malformed(
                "\"\(name)\" of shape \(shape) and type \(dtype) takes \(bits / 8) bytes, "
                    + "its data_offsets hold \(offsets[1] - offsets[0])")
        }
        return SafetensorsFile.Entry(dtype: dtype, shape: shape, bytes: offsets[0]..<offsets[1])
    }

    private static let bitCounts = [
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8,
        "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "U16": 16, "I16": 16,
        "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
        "C64": 64,
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

    /// Length and header, padded so that the data begin at a multiple of 8.
    static func encode(_ tensors: [(name: String, dtype: DType, shape: [Int])]) -> Data {
        var offset = 0
        var text = #"{"__metadata__":{"format":"pt"}"#
        for (name, dtype, shape) in tensors {
            let end = offset + shape.reduce(dtype.byteCount, *)
            let sizes = shape.map(String.init).joined(separator: ",")
            text += #",\#(quoted(name)):{"dtype":"\#(dtype.safetensorsName)","shape":[\#(sizes)],"#
            text += #""data_offsets":[\#(offset),\#(end)]}"#
            offset = end
        }
        text += "}"
        text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        let length = UInt64(text.utf8.count)
        return Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }) + Data(text.utf8)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}"..<" ":
                quoted += "\\u" + String(0x10000 + scalar.value, radix: 16).dropFirst()
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension DType {
    init?(safetensorsName name: String) {
        guard let match = Self.allCases.first(where: { $0.safetensorsName == name }) else {
            return nil
        }
        self = match
    }

    /// The type's name in safetensors files, such as `BF16`.
    package var safetensorsName: String {
        switch self {
        case .float32: "F32"
        case .float64: "F64"
        case .bfloat16: "BF16"
        case .float16: "F16"
        case .int64: "I64"
        case .bool: "BOOL"
        }
    }
}
