import CTorch

extension Tensor {
    /// The sum of all elements, `[]`.
    public func sum() -> Tensor { apply { ct_sum($0, nil, 0, false) } }

    /// The sum along an axis.
    public func sum(_ axis: Int, keepingAxis: Bool = false) -> Tensor {
        withSizes([axis]) { axes, _ in apply { ct_sum($0, axes, 1, keepingAxis) } }
    }

    /// The largest element along an axis.
    public func maximum(_ axis: Int, keepingAxis: Bool = false) -> Tensor {
        apply { ct_maximum_along($0, Int64(axis), keepingAxis) }
    }

    /// The index of the largest element along an axis; the first of equal ones.
    public func argmax(_ axis: Int = -1) -> Tensor { apply { ct_argmax($0, Int64(axis)) } }

    /// log Σ eˣ along an axis.
    public func logSumExp(_ axis: Int = -1, keepingAxis: Bool = false) -> Tensor {
        apply { ct_logsumexp($0, Int64(axis), keepingAxis) }
    }

    /// The running sum along an axis, in float64.
    public func cumulativeSum(_ axis: Int = -1) -> Tensor {
        apply { ct_cumulative_sum($0, Int64(axis)) }
    }

    /// The elements of each row in falling order along an axis, and where each stood.
    public func sortedDescending(_ axis: Int = -1) -> (values: Tensor, indices: Tensor) {
        var values: OpaquePointer?
        var indices: OpaquePointer?
        check(withHandle { ct_sort_descending($0, Int64(axis), &values, &indices) }, "sort")
        return (Tensor(adopting: values), Tensor(adopting: indices))
    }
}
