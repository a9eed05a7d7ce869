// Temporary stand-in by the core engineer; delete this file as soon as the real Tokenizer exists.
public import Foundation
public struct Tokenizer: Sendable {
    public init(folder: URL) throws {}
    init() {}
    public static func byteLevel(specialTokens: [String] = []) -> Tokenizer { Tokenizer() }
    public var vocabularySize: Int { 257 }
    public var endOfTextToken: Int? { 256 }
    public func encode(_ text: String, addingSpecialTokens: Bool = false) -> [Int] { text.utf8.map(Int.init) }
    public func decode(_ tokens: [Int], skippingSpecialTokens: Bool = true) -> String { String(decoding: tokens.filter { $0 < 256 }.map { UInt8($0) }, as: UTF8.self) }
    public func write(to folder: URL) throws {}
}
public struct StreamingDecoder { public init(_ t: Tokenizer) {}
  public mutating func append(_ token: Int) -> String { token < 256 ? String(decoding: [UInt8(token)], as: UTF8.self) : "" } }
