import Foundation
import Torch

/// What a checkpoint consists of and what it belongs to: the file that is written last.
struct CheckpointManifest: Codable, Sendable {
    static let fileName = "manifest.json"
    static let currentFormat = 1

    /// A file as it was written.
    struct File: Codable, Equatable, Sendable {
        let bytes: Int
        let sha256: String
    }

    var format = Self.currentFormat
    let position: CheckpointPosition
    /// Every other file of the checkpoint, by its path in it.
    let files: [String: File]
    /// The bytes of each log that belong to the steps until here.
    let logs: [String: Int]
    /// What the last bits of the numbers depend on.
    let surroundings: RunSurroundings
    /// The checksum of each file that the run was made from, by what it is.
    let inputs: [String: String]

    /// The file: the JSON of this, behind its own checksum.
    func encoded() throws -> Data {
        let body = try JSONEncoder.checkpoint.encode(self)
        return Data("\(Self.head)\(Checksum.text(of: body))\(Self.middle)".utf8) + body
            + Data(Self.tail.utf8)
    }

    private static let head = "{\"sha256\":\""
    private static let middle = "\",\"manifest\":"
    private static let tail = "}\n"

    /// Reads the file back.
    ///
    /// - Throws: what is wrong with it.
    init(_ data: Data) throws(CheckpointProblem) {
        let start = Self.head.utf8.count + 64 + Self.middle.utf8.count
        let bodyCount = data.count - start - Self.tail.utf8.count
        guard bodyCount > 0 else { throw .truncatedManifest }
        let body = data.dropFirst(start).prefix(bodyCount)
        let sum = Checksum.text(of: Data(body))
        guard
            data.elementsEqual(
                Data("\(Self.head)\(sum)\(Self.middle)".utf8) + body
                    + Data(Self.tail.utf8))
        else { throw .damagedManifest }
        do {
            let format = try JSONDecoder.checkpoint.decode(Format.self, from: body).format
            guard format == Self.currentFormat else { throw CheckpointProblem.otherFormat(format) }
            self = try JSONDecoder.checkpoint.decode(Self.self, from: body)
        } catch let problem as CheckpointProblem {
            throw problem
        } catch {
            throw .damagedManifest
        }
    }

    init(
        position: CheckpointPosition, files: [String: File], logs: [String: Int],
        surroundings: RunSurroundings, inputs: [String: String]
    ) {
        (self.position, self.files, self.logs) = (position, files, logs)
        (self.surroundings, self.inputs) = (surroundings, inputs)
    }

    private struct Format: Decodable { let format: Int }
}

/// What is wrong with a checkpoint.
enum CheckpointProblem: Error, Equatable {
    case noManifest
    case truncatedManifest
    case damagedManifest
    case otherFormat(Int)
    case otherPosition(String)
    case unreadable(file: String, reason: String)
    case size(file: String, expected: Int, found: Int)
    case checksum(file: String)
    case shortLog(file: String, expected: Int, found: Int)

    /// The sentence behind the checkpoint's name.
    var text: String {
        switch self {
        case .noManifest: "it has no manifest.json, or that is no file that can be read"
        case .truncatedManifest: "its manifest.json is cut off"
        case .damagedManifest: "its manifest.json does not fit its own checksum"
        case .otherFormat(let format):
            "it is of format \(format), this program reads format "
                + "\(CheckpointManifest.currentFormat)"
        case .otherPosition(let name): "its manifest is that of \(name)"
        case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
        case .size(let file, let expected, let found):
            "\(file) should have \(expected) bytes and has \(found)"
        case .checksum(let file): "\(file) does not fit its checksum: it was changed"
        case .shortLog(let file, let expected, let found):
            "\(file) of the run should have at least \(expected) bytes and has \(found)"
        }
    }
}

extension JSONEncoder {
    /// Numbers that are not finite are written by name: they are part of what is exact.
    static var checkpoint: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}

extension JSONDecoder {
    static var checkpoint: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}
