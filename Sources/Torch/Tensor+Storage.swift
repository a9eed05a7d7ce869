import CTorch

/// The elements where they lie, for reading and writing files without a copy.
extension Tensor {
    /// A tensor with any elements; `nil` where there is no memory for it.
    convenience init?(uninitialized shape: [Int], dtype: DType, device: Device) {
        guard let handle = withSizes(shape, { ct_empty($0, $1, dtype.raw, device.raw) }) else {
            return nil
        }
        self.init(adopting: handle)
    }

    /// The bytes of a contiguous tensor on the CPU.
    func withUnsafeMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let size = count * dtype.byteCount
        let start = withHandle(ct_data)
        require(start != nil || size == 0, "expected a contiguous tensor on the CPU")
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeMutableRawBufferPointer(start: start, count: size))
    }
}
