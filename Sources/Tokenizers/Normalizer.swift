/// Text as its Unicode scalars, which the stages cut into slices.
typealias Scalars = ArraySlice<Unicode.Scalar>

/// The stage that rewrites text before it is cut into words.
enum Normalizer: Sendable {
    /// `null`: text stays as it is.
    case identity

    init(_ node: FileNode?) throws(TokenizerError) {
        guard let node else {
            self = .identity
            return
        }
        throw try node.required("type").unsupported(supported: ["null"])
    }

    /// The text as the model should see it.
    func normalize(_ text: Scalars) -> Scalars {
        switch self {
        case .identity: text
        }
    }
}
