import Foundation
import Testing

@testable import Tokenizers

@Suite struct TokenizerFolderTests {
    private let names = ["tokenizer.json", "tokenizer_config.json"]

    @Test func whatByteLevelWritesReadsBackTheSame() throws {
        try withTemporaryFolder { folder in
            let written = Tokenizer.byteLevel(specialTokens: ["<end>", "<ü\n>"])
            // A folder that is not there yet, and what a first call left.
            for _ in 0..<2 { try written.write(to: folder.appending(path: "a/b")) }
            let read = try Tokenizer(folder: folder.appending(path: "a/b"))
            #expect(read.vocabularySize == written.vocabularySize)
            #expect(read.endOfTextToken == written.endOfTextToken)
            for id in 0...258 { #expect(read.token(for: id) == written.token(for: id)) }
            let text = "naïve 数\0🙂<end>\r\n<ü\n>"
            #expect(read.encode(text) == written.encode(text))
        }
    }

    @Test func writtenFilesAreByteForByteThoseThatWereRead() throws {
        let source = fixtures.appending(path: "gpt2-tiny")
        try withTemporaryFolder { folder in
            let tokenizer = try Tokenizer(folder: source)
            try tokenizer.write(to: folder)
            let again = folder.appending(path: "again")
            try Tokenizer(folder: folder).write(to: again)
            for name in names {
                let bytes = try Data(contentsOf: source.appending(path: name))
                #expect(try Data(contentsOf: folder.appending(path: name)) == bytes)
                #expect(try Data(contentsOf: again.appending(path: name)) == bytes)
            }
        }
    }

    @Test func aConfigurationOfAnotherTokenizerDoesNotStay() throws {
        try withTemporaryFolder { folder in
            try Tokenizer.byteLevel().write(to: folder)
            try Tokenizer(smallFile).write(to: folder)
            #expect(try Tokenizer(folder: folder).endOfTextToken == nil)
        }
    }

    @Test func aFolderWithoutATokenizerIsRefused() throws {
        try withTemporaryFolder { folder in
            let message = try #require(folderMessage { _ = try Tokenizer(folder: folder) })
            let start = "\(folder.path)/tokenizer.json: expected a file that can be read, found: "
            #expect(message.hasPrefix(start))
            let move = " Is this a model folder with a fast tokenizer (tokenizer.json)?"
            #expect(message.hasSuffix(move))
            #expect(message.count > start.count + move.count)
        }
    }

    @Test func aConfigurationThatIsAFolderIsRefused() throws {
        try withTemporaryFolder { folder in
            let configuration = folder.appending(path: "tokenizer_config.json")
            try Tokenizer(smallFile).write(to: folder)
            try FileManager.default.createDirectory(
                at: configuration, withIntermediateDirectories: false)
            let message = try #require(folderMessage { _ = try Tokenizer(folder: folder) })
            #expect(message.hasPrefix("\(configuration.path): expected a file that can be read"))
        }
    }

    @Test func aPlaceThatCannotBeWrittenIsNamed() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            let place = file.appending(path: "model")
            let message = try #require(folderMessage { try Tokenizer.byteLevel().write(to: place) })
            #expect(message.hasPrefix("\(place.path): cannot be written: "))
            #expect(message.hasSuffix(" Choose another place, or free this one."))
        }
    }

    private func folderMessage(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return error is TokenizerError ? "\(error)" : nil
        }
    }
}
