import CTorch

/// The type of a tensor's elements.
public enum DType: String, Sendable, CaseIterable {
    case float32, float64, bfloat16, float16, int64, bool

    init(_ raw: ct_dtype) {
        switch raw {
        case CT_FLOAT32: self = .float32
        case CT_FLOAT64: self = .float64
        case CT_BFLOAT16: self = .bfloat16
        case CT_FLOAT16: self = .float16
        case CT_BOOL: self = .bool
        default: self = .int64
        }
    }

    var raw: ct_dtype {
        switch self {
        case .float32: CT_FLOAT32
        case .float64: CT_FLOAT64
        case .bfloat16: CT_BFLOAT16
        case .float16: CT_FLOAT16
        case .int64: CT_INT64
        case .bool: CT_BOOL
        }
    }

    /// The bytes of one element.
    public var byteCount: Int {
        switch self {
        case .bool: 1
        case .bfloat16, .float16: 2
        case .float32: 4
        case .float64, .int64: 8
        }
    }
}
