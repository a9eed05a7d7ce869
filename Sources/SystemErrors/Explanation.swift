import Foundation

extension Error {
    /// Why an operation failed, as a sentence for a message.
    ///
    /// Foundation's own words for what the system refuses ("The operation could not be completed")
    /// hold nothing that helps; the system's do ("No space left on device").
    package var explanation: String {
        let text = words
        return text.hasSuffix(".") ? text : text + "."
    }

    private var words: String {
        if let error = self as? POSIXError { return error.code.rawValue.words }
        guard let error = self as? CocoaError else { return "\(self)" }
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error { return cause.words }
        // FileHandle gives the system's number as one of Foundation's, whose first but one is 255.
        let number = Int32(clamping: error.errorCode)
        return (1..<200).contains(number) && error.code != .fileNoSuchFile
            ? number.words : error.localizedDescription
    }
}

extension Int32 {
    /// What the system says of an error of this number.
    fileprivate var words: String { String(cString: strerror(self)) }
}
