import CTorch

/// A libtorch tensor: a reference to shared storage with a shape, a dtype and a device.
///
/// A tensor is not `Sendable`: the tensor work of a step runs on one isolation. No public
/// operation changes a tensor in place. A mistake of the programmer (shapes that do not fit) traps
/// with libtorch's own message.
public final class Tensor {
    private let handle: OpaquePointer

    /// Takes ownership of a handle, or traps with libtorch's message; where memory ran out it is a
    /// stand-in (see `Library.throwingOutOfMemory`).
    init(adopting handle: OpaquePointer?, operation: StaticString = #function) {
        guard let handle = handle ?? (ct_has_given_up() ? ct_stand_in() : nil) else {
            fatalError("\(operation): \(lastError())")
        }
        self.handle = handle
    }

    deinit { ct_free(handle) }

    /// The only way to the C handle: the tensor outlives `body`.
    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        withExtendedLifetime(self) { body(handle) }
    }

    /// The size of each axis.
    public var shape: [Int] {
        withHandle { handle in
            let count = Int(ct_dimension_count(handle))
            let sizes = [Int64](unsafeUninitializedCapacity: count) { buffer, initialized in
                guard let start = buffer.baseAddress else { return }
                ct_shape(handle, start)
                initialized = count
            }
            return sizes.map(Int.init)
        }
    }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The type of an element.
    public var dtype: DType { DType(withHandle(ct_dtype_of)) }

    /// Where the elements lie.
    public var device: Device { Device(withHandle(ct_device_of)) }

    /// Whether operations on this tensor are recorded for `backward()`.
    public var requiresGradient: Bool { withHandle(ct_requires_gradient) }
}

extension Tensor {
    /// The elements as float32, in row-major order. Waits for the device.
    public var floats: [Float] { to(.float32).read(Float.self) }

    /// The elements as float64, in row-major order. Waits for the device.
    public var doubles: [Double] { to(.float64).read(Double.self) }

    /// The elements as integers, in row-major order. Waits for the device.
    public var integers: [Int] { to(.int64).read(Int.self) }

    /// The only element, as float64. Waits for the device.
    public var item: Double {
        let values = doubles
        require(values.count == 1, "item: expected one element, found shape \(shape)")
        return values[0]
    }

    /// The raw bytes, little endian and row-major.
    package var bytes: [UInt8] { read(UInt8.self, count: count * dtype.byteCount) }

    private func read<Element>(_ type: Element.Type, count: Int? = nil) -> [Element] {
        let count = count ?? self.count
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let start = buffer.baseAddress, count > 0 else { return }
            let size = count * MemoryLayout<Element>.stride
            let status = withHandle { ct_read_bytes($0, start, size) }
            check(status, "read")
            if status != CT_OK {
                UnsafeMutableRawPointer(start).initializeMemory(
                    as: UInt8.self, repeating: 0, count: size)
            }
            initialized = count
        }
    }
}

/// The message of the last failure on this thread.
func lastError() -> String { String(cString: ct_last_error()) }

/// Traps with libtorch's message when an operation without a result failed, unless memory ran out.
func check(_ status: ct_status, _ operation: StaticString) {
    guard status == CT_OK || ct_has_given_up() else { fatalError("\(operation): \(lastError())") }
}

/// Traps with a message when the programmer's assumption does not hold, also in release builds;
/// where memory ran out, stand-ins need not have the shapes that were assumed.
package func require(_ condition: Bool, _ message: @autoclosure () -> String) {
    guard condition || ct_has_given_up() else { fatalError(message()) }
}
