import Foundation
import TestSupport
import Testing

@testable import Torch

@Suite struct SafetensorsFuzzTests {
    private static let headers = [
        #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#
            + #""b.c":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}"#,
        #"{"é\n\u0041":{"dtype":"BOOL","shape":[],"data_offsets":[0,1],"extra":[{"x":[1.5e3]}]}}"#,
        #"{"a":{"shape":[0,7],"data_offsets":[0,0],"dtype":"F64"}} "#,
    ]

    /// A trap would end the whole run. What opens in spite of its changes must also be read.
    @Test func changedFilesAreReadOrRefusedAndNeverTrap() throws {
        var mutation = Mutation(seed: 4)
        var (opened, refused) = (0, 0)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            for round in 0..<Mutation.rounds(600) {
                let header = mutation.changed(Array(Self.headers[round % Self.headers.count].utf8))
                let length = UInt64(
                    header.count + (round % 16 == 0 ? mutation.number(below: 40) : 0))
                let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
                let data = [UInt8](repeating: 7, count: [32, 1, 0][round % 3])
                try Data(prefix + header + data).write(to: url)
                do throws(SafetensorsError) {
                    let file = try SafetensorsFile(url)
                    for (name, entry) in file.entries
                    where DType(safetensorsName: entry.dtype) != nil {
                        let tensor = try file.tensor(name, as: .float32)
                        #expect(tensor.shape == entry.shape)
                    }
                    opened += 1
                } catch {
                    #expect(error.description.hasPrefix(url.path))
                    refused += 1
                }
            }
        }
        // The changes must reach what comes after the JSON, and not only break it.
        #expect(opened > refused / 100 && refused > opened)
    }

    @Test func bytesWithoutMeaningAreRefused() throws {
        var mutation = Mutation(seed: 5)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "x.safetensors")
            for _ in 0..<min(Mutation.rounds(200), 10_000) {
                let count = mutation.number(below: 40)
                try Data((0..<count).map { _ in UInt8(mutation.number(below: 256)) }).write(to: url)
                #expect(throws: SafetensorsError.self) { try SafetensorsFile(url) }
            }
        }
    }
}
