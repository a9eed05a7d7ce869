import CTorch

extension Library {
    /// Runs passes side by side, each on a thread of its own with operations of one thread.
    ///
    /// Small operations gain little from several threads: they wait for each other at the end of
    /// every one. Passes that share nothing wait once.
    ///
    /// - Parameters:
    ///   - count: passes; with one, `body` runs here with all threads.
    ///   - body: does the pass of an index; passes may read the same tensors, and change none.
    /// - Returns: the results in the order of the passes.
    package static func sideBySide<Result>(
        _ count: Int, _ body: (_ index: Int) -> Result
    ) -> [Result] {
        guard count > 1 else { return (0..<count).map(body) }
        let fork = Profile.fork()
        defer { fork.join() }
        var results = [Result?](repeating: nil, count: count)
        results.withUnsafeMutableBufferPointer { buffer in
            withoutActuallyEscaping(body) { body in
                // Every pass writes its own place.
                let places = buffer
                var pass: (Int) -> Void = { index in
                    fork.run(index) { places[index] = body(index) }
                }
                withUnsafeMutablePointer(to: &pass) { pass in
                    ct_side_by_side(
                        Int64(count),
                        { context, index in
                            context.assumingMemoryBound(to: ((Int) -> Void).self)
                                .pointee(Int(index))
                        }, pass)
                }
            }
        }
        return results.compactMap(\.self)
    }
}
