import Torch

// The stages of sampling.
extension Profile.Stage {
    static let promptPass = Self("prompt pass")
    static let decoding = Self("decoding")
    static let choosingTokens = Self("choosing tokens")
    static let droppingRows = Self("dropping rows")
}
