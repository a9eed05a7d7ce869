import Torch

/// Where the completions of a batch stand among its C tokens, for what is one number a completion.
///
/// S completions of L tokens at most. Nothing here needs a gradient: sequence-level ratios carry
/// theirs through the tokens.
struct CompletionRows {
    /// Tokens of each completion, none of them 0.
    let lengths: [Int]
    /// The same in the type of the loss, `[S]`
    let counts: Tensor
    /// Each completion's tokens, padded with place C, `[S · L]`
    private let places: Tensor
    /// The completion of each token, `[C]`
    private let owners: Tensor

    init(lengths: [Int], device: Device, dtype: DType) {
        self.lengths = lengths
        let width = lengths.max() ?? 0
        let padding = lengths.reduce(0, +)
        var places: [Int] = []
        var start = 0
        for length in lengths {
            places += (0..<width).map { $0 < length ? start + $0 : padding }
            start += length
        }
        self.places = Tensor(places).to(device: device)
        owners = Tensor(lengths.indices.flatMap { repeatElement($0, count: lengths[$0]) })
            .to(device: device)
        counts = Tensor(lengths.map(Double.init)).to(dtype, device: device)
    }

    /// The sum over each completion's tokens, `[C] → [S]`.
    func sums(_ values: Tensor) -> Tensor {
        Tensor.concatenate([values, .zeros([1], dtype: values.dtype, device: values.device)])
            .selecting(places).reshaped([lengths.count, -1]).sum(1)
    }

    /// The mean over each completion's tokens, `[C] → [S]`.
    func means(_ values: Tensor) -> Tensor { sums(values) / counts }

    /// Each completion's number for each of its tokens, `[S] → [C]`.
    func spread(_ values: Tensor) -> Tensor { values.selecting(owners) }
}
