import CTorch

extension Tensor {
    /// A tensor of the given numbers in row-major order.
    public convenience init(_ values: [Float], shape: [Int]? = nil) {
        self.init(elements: values, shape: shape, dtype: .float32)
    }

    /// A float64 tensor of the given numbers in row-major order.
    public convenience init(_ values: [Double], shape: [Int]? = nil) {
        self.init(elements: values, shape: shape, dtype: .float64)
    }

    /// An int64 tensor of the given numbers in row-major order.
    public convenience init(_ values: [Int], shape: [Int]? = nil) {
        self.init(elements: values, shape: shape, dtype: .int64)
    }

    /// A tensor of mask values in row-major order.
    public convenience init(_ values: [Bool], shape: [Int]? = nil) {
        self.init(elements: values, shape: shape, dtype: .bool)
    }

    private convenience init<Element>(elements: [Element], shape: [Int]?, dtype: DType) {
        let shape = shape ?? [elements.count]
        require(
            shape.reduce(1, *) == elements.count,
            "Tensor: \(elements.count) elements do not fill shape \(shape)")
        self.init(
            adopting: elements.withUnsafeBytes { source in
                Self.copy(source, shape: shape, dtype: dtype)
            })
    }

    /// A tensor whose elements are copied from raw bytes, little endian and row-major.
    package convenience init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
        require(
            bytes.count == shape.reduce(dtype.byteCount, *),
            "Tensor: \(bytes.count) bytes do not fill shape \(shape) of \(dtype)")
        self.init(adopting: Self.copy(bytes, shape: shape, dtype: dtype))
    }

    private static func copy(
        _ source: UnsafeRawBufferPointer, shape: [Int], dtype: DType
    ) -> OpaquePointer? {
        withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { nothing in
            guard let start = source.baseAddress ?? UnsafeRawPointer(nothing.baseAddress) else {
                return nil
            }
            return withSizes(shape) { ct_from_bytes(start, $0, $1, dtype.raw) }
        }
    }

    /// A tensor with every element equal to `value`.
    public static func full(
        _ value: Double, shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        Tensor(adopting: withSizes(shape) { ct_full(value, $0, $1, dtype.raw, device.raw) })
    }

    /// A tensor of zeros.
    public static func zeros(
        _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        full(0, shape: shape, dtype: dtype, device: device)
    }

    /// A tensor of zeros with this one's shape, dtype and device.
    public func zerosLike() -> Tensor { .zeros(shape, dtype: dtype, device: device) }

    /// The numbers `0 ..< count`.
    public static func range(
        _ count: Int, dtype: DType = .int64, device: Device = .cpu
    ) -> Tensor {
        Tensor(adopting: ct_range(Int64(count), dtype.raw, device.raw))
    }

    /// Normal numbers of mean 0 from a generator of this seed alone, made on the CPU.
    public static func normal(
        deviation: Double, seed: UInt64, shape: [Int], dtype: DType = .float32
    ) -> Tensor {
        Tensor(adopting: withSizes(shape) { ct_normal(deviation, seed, $0, $1, dtype.raw) })
    }

    /// Numbers of `lower` or more and less than `upper`, all equally likely, from a generator of this
    /// seed alone, made on the CPU.
    public static func uniform(
        _ lower: Double, _ upper: Double, seed: UInt64, shape: [Int], dtype: DType = .float32
    ) -> Tensor {
        Tensor(
            adopting: withSizes(shape) { ct_uniform(lower, upper, seed, $0, $1, dtype.raw) })
    }

    /// This tensor in another type or on another device; itself where it is there already.
    public func to(_ dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let target = (dtype ?? self.dtype).raw
        let place = (device ?? self.device).raw
        return Tensor(adopting: withHandle { ct_to($0, target, place) })
    }
}

/// Hands a shape to C.
func withSizes<Result>(_ shape: [Int], _ body: (UnsafePointer<Int64>, Int64) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(shape.count, 1)) { sizes in
        for (axis, size) in shape.enumerated() { sizes[axis] = Int64(size) }
        guard let start = sizes.baseAddress else { fatalError("no room for a shape") }
        return body(start, Int64(shape.count))
    }
}
