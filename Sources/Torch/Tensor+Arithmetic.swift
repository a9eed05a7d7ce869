import CTorch

typealias UnaryOperation = (OpaquePointer) -> OpaquePointer?
typealias BinaryOperation = (OpaquePointer, OpaquePointer) -> OpaquePointer?

extension Tensor {
    func apply(_ operation: UnaryOperation, name: StaticString = #function) -> Tensor {
        Tensor(adopting: withHandle(operation), operation: name)
    }

    func apply(
        _ operation: BinaryOperation, _ other: Tensor, name: StaticString = #function
    ) -> Tensor {
        Tensor(
            adopting: withHandle { left in other.withHandle { operation(left, $0) } },
            operation: name)
    }

    /// The elementwise sum, with broadcasting.
    public static func + (left: Tensor, right: Tensor) -> Tensor { left.apply(ct_add, right) }

    /// The elementwise difference, with broadcasting.
    public static func - (left: Tensor, right: Tensor) -> Tensor { left.apply(ct_subtract, right) }

    /// The elementwise product, with broadcasting.
    public static func * (left: Tensor, right: Tensor) -> Tensor { left.apply(ct_multiply, right) }

    /// The elementwise quotient, with broadcasting.
    public static func / (left: Tensor, right: Tensor) -> Tensor { left.apply(ct_divide, right) }

    /// Every element plus a number.
    public static func + (left: Tensor, right: Double) -> Tensor {
        left.apply { ct_add_scalar($0, right) }
    }

    /// Every element minus a number.
    public static func - (left: Tensor, right: Double) -> Tensor { left + -right }

    /// Every element times a number.
    public static func * (left: Tensor, right: Double) -> Tensor {
        left.apply { ct_multiply_scalar($0, right) }
    }

    /// Every element divided by a number.
    public static func / (left: Tensor, right: Double) -> Tensor { left * (1 / right) }

    /// Every element with the other sign.
    public static prefix func - (operand: Tensor) -> Tensor { operand.apply(ct_negate) }

    /// A mask that is true where the left element is smaller.
    public static func .< (left: Tensor, right: Tensor) -> Tensor { left.apply(ct_less, right) }

    /// A mask that is true where the left element is smaller or equal.
    public static func .<= (left: Tensor, right: Tensor) -> Tensor {
        left.apply(ct_less_equal, right)
    }

    /// A mask that is true where both masks are.
    public static func .& (left: Tensor, right: Tensor) -> Tensor { left.apply(ct_and, right) }

    /// A mask that is true where either mask is.
    public static func .| (left: Tensor, right: Tensor) -> Tensor { left.apply(ct_or, right) }
}
