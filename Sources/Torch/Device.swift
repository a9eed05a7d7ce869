import CTorch

/// Where tensors lie and operations run.
public enum Device: Sendable, Hashable, CustomStringConvertible {
    case cpu
    case cuda(Int)

    init(_ raw: ct_device) { self = raw.is_cuda ? .cuda(Int(raw.index)) : .cpu }

    var raw: ct_device {
        switch self {
        case .cpu: ct_device(is_cuda: false, index: 0)
        case .cuda(let index): ct_device(is_cuda: true, index: Int32(clamping: index))
        }
    }

    /// The name that `init(named:)` reads: `cpu`, `cuda:0`.
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }

    /// The CUDA devices that this libtorch and this machine offer.
    public static var cudaCount: Int { Int(ct_cuda_device_count()) }

    /// The device of that name.
    ///
    /// - Parameter name: `auto` (the first CUDA device, else the CPU), `cpu`, `cuda` or `cuda:n`.
    /// - Throws: `DeviceError` when the name is none of these or the device is not there.
    public init(named name: String) throws(DeviceError) {
        switch name {
        case "cpu": self = .cpu
        case "auto": self = Self.cudaCount > 0 ? .cuda(0) : .cpu
        default:
            guard let index = Self.cudaIndex(name) else { throw .unknown(name) }
            let available = Self.cudaCount
            guard index < available else { throw .absent(name, available: available) }
            self = .cuda(index)
        }
    }

    private static func cudaIndex(_ name: String) -> Int? {
        if name == "cuda" { return 0 }
        guard name.hasPrefix("cuda:"), let index = UInt16(name.dropFirst(5)) else { return nil }
        return Int(index)
    }
}

/// Why a device cannot be used.
public enum DeviceError: Error, Equatable, CustomStringConvertible {
    case unknown(String)
    case absent(String, available: Int)

    /// What was asked for, what there is, and what to do.
    public var description: String {
        switch self {
        case .unknown(let name):
            "device: expected auto, cpu, cuda or cuda:N, found \"\(name)\""
        case .absent(let name, 0):
            "device: \(name) was asked for, but no CUDA device was found: libtorch is a CPU build, "
                + "or there is no GPU or driver. Use --device cpu, or Scripts/libtorch --cuda."
        case .absent(let name, let available):
            "device: \(name) was asked for, but there are \(available), cuda:0 to "
                + "cuda:\(available - 1). Choose one of these."
        }
    }
}
