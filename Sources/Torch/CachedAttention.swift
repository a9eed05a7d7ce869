import CTorch

/// The keys and values of one layer, for attention of one new token a row.
///
/// N prompts, S rows, K key/value heads, D head width, P and C their capacities.
package struct CachedKeysAndValues {
    /// `[N, K, D, P]`
    package let promptKeys: Tensor
    /// `[N, K, P, D]`
    package let promptValues: Tensor
    /// `[S, K, D, C]`
    package let ownKeys: Tensor
    /// `[S, K, C, D]`
    package let ownValues: Tensor

    /// Room for so many prompts and rows; capacities are multiples of `capacityStep`.
    package init(
        prompts: Int, promptCapacity: Int, rows: Int, capacity: Int, heads: Int, headWidth: Int
    ) {
        let room = { (first: Int, length: Int, isByChannel: Bool) in
            Tensor.zeros(
                isByChannel
                    ? [first, heads, headWidth, length] : [first, heads, length, headWidth],
                dtype: .float32, device: .cpu)
        }
        promptKeys = room(prompts, promptCapacity, true)
        promptValues = room(prompts, promptCapacity, false)
        ownKeys = room(rows, capacity, true)
        ownValues = room(rows, capacity, false)
    }

    /// What capacities and head widths must be multiples of; `nil` where this processor has no such
    /// attention.
    package static var capacityStep: Int? {
        let step = Int(ct_cached_attention_step())
        return step > 0 ? step : nil
    }

    /// Keeps the keys and values `[T, K, D]` of a prompt in a slot.
    package func writePrompt(keys: Tensor, values: Tensor, slot: Int) {
        let length = keys.shape[0]
        promptKeys.narrowed(0, from: slot, count: 1).narrowed(3, from: 0, count: length)
            .copyInPlace(keys.transposed(0, 1).transposed(1, 2))
        promptValues.narrowed(0, from: slot, count: 1).narrowed(2, from: 0, count: length)
            .copyInPlace(values.transposed(0, 1))
    }

    /// Writes the new tokens' keys and values, and attends to prompt and own tokens.
    ///
    /// - Parameters:
    ///   - query: `[R, H, D]`
    ///   - key: `[R, K, D]`
    ///   - value: `[R, K, D]`
    ///   - rows: what each row is.
    ///   - scale: the factor on q kᵀ.
    ///   - window: how many tokens a query looks at; `nil` for all.
    ///   - cap: c in c · tanh(score / c); `nil` for none.
    /// - Returns: `[R, H · D]`
    package func attend(
        query: Tensor, key: Tensor, value: Tensor, rows: CachedRows, scale: Double, window: Int?,
        cap: Double?
    ) -> Tensor {
        guard rows.count > 0 else { return query.reshaped([0, -1]) }
        let tensors = [query, key, value, promptKeys, promptValues, ownKeys, ownValues]
        return Tensor(
            adopting: withHandles(tensors) { tensors, _ in
                rows.withPointer { rows in
                    ct_cached_attention(
                        tensors[0], tensors[1], tensors[2],
                        ct_cached_layer(
                            prompt_keys: tensors[3], prompt_values: tensors[4],
                            own_keys: tensors[5], own_values: tensors[6]),
                        rows, scale, Int64(window ?? 0), cap ?? 0)
                }
            })
    }
}

/// The rows of a cache that are being sampled, group after group.
package struct CachedRows {
    fileprivate var groups: [ct_cached_group] = []
    fileprivate var slots: [Int64] = []
    fileprivate var ownLengths: [Int64] = []

    /// No rows.
    package init() {}

    fileprivate func withPointer(
        _ body: (ct_cached_rows) -> OpaquePointer?
    ) -> OpaquePointer? {
        groups.withUnsafeBufferPointer { groups in
            slots.withUnsafeBufferPointer { slots in
                ownLengths.withUnsafeBufferPointer { lengths in
                    guard let start = groups.baseAddress, let slots = slots.baseAddress,
                        let lengths = lengths.baseAddress
                    else { return nil }
                    return body(
                        ct_cached_rows(
                            groups: start, group_count: groups.count, slots: slots,
                            own_lengths: lengths))
                }
            }
        }
    }

    /// The number of rows.
    package var count: Int { slots.count }

    /// The place of each row's next token in its sequence.
    package var positions: [Int] {
        var row = 0
        return groups.flatMap { group in
            (0..<Int(group.row_count)).map { _ in
                defer { row += 1 }
                return Int(group.prompt_length + ownLengths[row])
            }
        }
    }

    /// Adds rows that share a prompt.
    package mutating func append(promptSlot: Int, promptLength: Int, rowSlots: [Int]) {
        groups.append(
            ct_cached_group(
                slot: Int64(promptSlot), prompt_length: Int64(promptLength),
                row_count: Int64(rowSlots.count)))
        slots += rowSlots.map(Int64.init)
        ownLengths += rowSlots.map { _ in 0 }
    }

    /// Each row has one token more.
    package mutating func advance() {
        for row in ownLengths.indices { ownLengths[row] += 1 }
    }

    /// Keeps only these rows, in rising order.
    ///
    /// - Returns: the slots that are free now.
    package mutating func keep(_ kept: [Int]) -> (prompts: [Int], rows: [Int]) {
        var (freePrompts, freeRows): ([Int], [Int]) = ([], [])
        let isKept = Set(kept)
        var row = 0
        for index in groups.indices {
            let end = row + Int(groups[index].row_count)
            groups[index].row_count = Int64((row..<end).count { isKept.contains($0) })
            if groups[index].row_count == 0 { freePrompts.append(Int(groups[index].slot)) }
            row = end
        }
        freeRows = slots.indices.filter { !isKept.contains($0) }.map { Int(slots[$0]) }
        groups.removeAll { $0.row_count == 0 }
        slots = kept.map { slots[$0] }
        ownLengths = kept.map { ownLengths[$0] }
        return (freePrompts, freeRows)
    }
}
