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

    @Test func overlappingTensorsAreRefused() throws {
        let header = "{\(entry("a", "[2]", "[0,8]")),\(entry("b", "[2]", "[4,12]"))}"
        #expect(try problem(header, data: 12) != nil)
    }

    @Test func bytesAfterTheLastTensorAreRefused() throws {
        let header = "{\(entry("a", "[2]", "[0,8]"))}"
        #expect(try problem(header, data: 9) == .truncated(expected: 8, found: 9))
    }

    @Test func anUnknownTypeIsNamed() throws {
        let header = #"{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,8]}}"#
        #expect(try problem(header, data: 8) == .unsupported("a", "F4"))
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
