import Foundation
import TestSupport
import Testing

@testable import Torch

@Suite struct SafetensorsTests {
    /// Writes a header and data bytes as they are, opens the file and gives the problem.
    private func problem(_ header: String, data: Int = 0) throws -> SafetensorsProblem? {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "x.safetensors")
            let length = UInt64(header.utf8.count)
            let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
            try (Data(prefix) + Data(header.utf8) + Data(count: data)).write(to: file)
            do throws(SafetensorsError) {
                _ = try SafetensorsFile(file)
                return nil
            } catch {
                return error.problem
            }
        }
    }

    private func entry(_ name: String, _ shape: String, _ offsets: String) -> String {
        "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    @Test func tensorsComeBackBitForBit() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "x.safetensors")
            let values: [Float] = [
                0, -0.0, 1.5, .pi, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
            ]
            let tensor = Tensor(values).reshaped([2, 3])
            try SafetensorsFile.write(
                [("a", tensor), ("b", tensor.to(.bfloat16)), ("scalar", Tensor.zeros([]))], to: file
            )
            let read = try SafetensorsFile(file)
            #expect(try read.tensor("a").floats.map(\.bitPattern) == values.map(\.bitPattern))
            #expect(try read.tensor("a").shape == [2, 3])
            #expect(try read.tensor("b").dtype == .bfloat16)
            #expect(try read.tensor("scalar").shape == [])
        }
    }

    @Test func validHeadersAreRead() throws {
        #expect(try problem("{}") == nil)
        #expect(try problem("{\(entry("a", "[2]", "[0,8]"))}   ", data: 8) == nil)
        #expect(try problem("{\"__metadata__\":{\"format\":\"pt\"}}") == nil)
        #expect(try problem("{\(entry("a", "[0]", "[0,0]"))}") == nil)
    }

    @Test(arguments: [
        ("no object", "[]", 0), ("no JSON", "{", 0),
        (
            "another length than the shape",
            #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8
        ),
        ("an end before the start", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8),
        ("a negative size", #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8),
        (
            "a size beyond all memory",
            #"{"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,8]}}"#, 8
        ),
        ("a hole", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
        ("one offset", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8),
    ])
    func malformedHeadersAreRefused(name: String, header: String, data: Int) throws {
        guard case .malformed = try problem(header, data: data) else {
            Issue.record("\(name): \(String(describing: try problem(header, data: data)))")
            return
        }
    }

    private static let one = #""dtype":"F32","shape":[1],"data_offsets":[0,4]"#

    /// What Python's package refuses too, and the two things in which this is stricter.
    @Test(arguments: [
        ("a name twice", "{\"a\":{\(one)},\"a\":{\(one)}}"),
        ("a name twice, once escaped", "{\"a\":{\(one)},\"\\u0061\":{\(one)}}"),
        ("a field twice", "{\"a\":{\(one),\"dtype\":\"F32\"}}"),
        ("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{},\"a\":{\(one)}}"),
        ("metadata that is no text", "{\"__metadata__\":{\"x\":1},\"a\":{\(one)}}"),
        ("space before the object", " {\"a\":{\(one)}}"),
        ("a byte order mark", "\u{FEFF}{\"a\":{\(one)}}"),
        ("a zero at the end", "{\"a\":{\(one)}}\0"),
        ("a missing field", #"{"a":{"dtype":"F32","shape":[1]}}"#),
        ("a fraction", #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#),
        ("three offsets", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#),
        ("a lone surrogate", #"{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#),
        (
            "an overflow beside a 0",
            #"{"a":{"dtype":"F32","shape":[9223372036854775807,9,0],"data_offsets":[0,0]}}"#
        ),
        ("129 levels", "{\"a\":{\(one),\"x\":\(String(repeating: "[", count: 129))}}"),
    ])
    func headersWithoutOneClearMeaningAreRefused(name: String, header: String) throws {
        guard case .malformed = try problem(header, data: 4) else {
            Issue.record("\(name): \(String(describing: try problem(header, data: 4)))")
            return
        }
    }

    @Test(arguments: [
        ("another field", "{\"a\":{\(one),\"x\":[null,{\"y\":-1.5e3}]}}"),
        ("metadata that is null", "{\"__metadata__\":null,\"a\":{\(one)}}"),
        ("no name", "{\"\":{\(one)}}"),
        ("an unusual type", #"{"a":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}}"#),
    ])
    func headersThatPythonReadsAreRead(name: String, header: String) throws {
        #expect(try problem(header, data: 4) == nil, "\(name)")
    }

    @Test(arguments: [DType.float64, .float32, .bfloat16, .float16])
    func tensorsAreSavedAndReadInTheTypeAskedFor(dtype: DType) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "x.safetensors")
            // More than one piece, and a rest.
            let tensor = Tensor.normal(deviation: 1, seed: 1, shape: [3, 200_001])
            try SafetensorsFile.write(
                [("a", tensor), ("n", Tensor([1, 2]))], to: file, dtype: dtype)
            let read = try SafetensorsFile(file)
            #expect(read.entries["a"]?.dtype == dtype.safetensorsName)
            #expect(try read.tensor("a").floats == tensor.to(dtype).floats)
            #expect(try read.tensor("a", as: .float32).floats == tensor.to(dtype).floats)
            #expect(try read.tensor("n").integers == [1, 2])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path) == [
                    "x.safetensors"
                ])
        }
    }

    @Test func truthValuesAreZeroOrOne() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "x.safetensors")
            let header = #"{"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}"#
            let prefix = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
            try Data(prefix + Array(header.utf8) + [0, 2, 255]).write(to: file)
            #expect(try SafetensorsFile(file).tensor("a").bytes == [0, 1, 1])
        }
    }

    @Test func aPipeIsNotWaitedFor() throws {
        try withTemporaryFolder { folder in
            let pipe = folder.appending(path: "x.safetensors")
            #expect(mkfifo(pipe.path, 0o600) == 0)
            #expect(throws: SafetensorsError.self) { try SafetensorsFile(pipe) }
        }
    }

    @Test func overlappingTensorsAreRefused() throws {
        let header = "{\(entry("a", "[2]", "[0,8]")),\(entry("b", "[2]", "[4,12]"))}"
        #expect(try problem(header, data: 12) != nil)
    }

    @Test func bytesAfterTheLastTensorAreRefused() throws {
        let header = "{\(entry("a", "[2]", "[0,8]"))}"
        #expect(try problem(header, data: 9) == .truncated(expected: 8, found: 9))
    }

    @Test func anUnknownTypeIsNamed() throws {
        let header = #"{"a":{"dtype":"F5","shape":[2],"data_offsets":[0,8]}}"#
        #expect(try problem(header, data: 8) == .unsupported("a", "F5"))
    }

    @Test func aHeaderLongerThanTheFileIsRefused() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "x.safetensors")
            for (length, problem) in [
                (200, SafetensorsProblem.truncated(expected: 208, found: 10)),
                (1 << 40, .headerTooLong(1 << 40)),
            ] as [(UInt64, SafetensorsProblem)] {
                let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
                try (Data(prefix) + Data("{}".utf8)).write(to: file)
                #expect(throws: SafetensorsError(file: file.path, problem: problem)) {
                    try SafetensorsFile(file)
                }
            }
        }
    }
}
