import Synchronization
import Testing

@testable import Torch

/// Memory that runs out within a scope is an error; what the machine could never give stands for it.
@Suite struct OutOfMemoryTests {
    /// 2⁵² float32 numbers.
    private func impossible() -> Tensor {
        Tensor.zeros([1 << 26, 1 << 26], dtype: .float32, device: .cpu)
    }

    @Test func anOperationWithoutMemoryThrowsAndSaysHowMuchItWanted() {
        let error = #expect(throws: OutOfMemory.self) {
            try Library.throwingOutOfMemory { impossible() }
        }
        #expect(error?.reason.contains("can't allocate memory") == true, "\(error as Any)")
        #expect(error?.reason.contains("18014398509481984 bytes") == true, "\(error as Any)")
    }

    /// Shapes no longer fit after a stand-in: neither libtorch nor our own checks may trap.
    @Test func whatFollowsComputesNothingAndComesToItsEnd() {
        let weight = Tensor([1, 2, 3, 4], shape: [2, 2]).to(.float32).requiringGradient()
        var numbers: [[Double]] = []
        #expect(throws: OutOfMemory.self) {
            try Library.throwingOutOfMemory {
                let missing = impossible() + weight
                let product = missing.reshaped([7, 9]).matmul(weight)
                let (sorted, order) = product.sortedDescending()
                numbers = [sorted.doubles, order.doubles, [product.sum().item]]
                numbers.append(weight.doubles)
                require(product.shape[1] == 2, "a check of a shape that cannot hold")
                weight.recomputed { ($0 * product).sum() }.backward()
                (weight * weight).sum().backward()
                #expect(Library.hasGivenUp)
            }
        }
        #expect(numbers == [[0], [0], [0], [0]])
        #expect(weight.gradient == nil)
        #expect(!Library.hasGivenUp)
        #expect(weight.doubles == [1, 2, 3, 4])
    }

    @Test func theBackwardPassCanRunOutToo() {
        let leaf = Tensor([1, 2]).to(.float32).requiringGradient()
        #expect(throws: OutOfMemory.self) {
            try Library.throwingOutOfMemory {
                // Fails when it is computed the second time, for its gradient.
                var calls = 0
                let sum = leaf.recomputed { input in
                    calls += 1
                    return calls == 1 ? input * 2 : input * impossible()
                }.sum()
                #expect(!Library.hasGivenUp)
                sum.backward()
            }
        }
        #expect(leaf.gradient == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func workThatIsAskedToStopComesToItsEnd() throws {
        let number = Tensor([1, 2])
        #expect(throws: WorkStopped.self) {
            try Library.throwingOutOfMemory(stop: { true }) {
                while !Library.hasGivenUp { _ = number + number }
            }
        }
        #expect((number + number).doubles == [2, 4])
        #expect(try Library.throwingOutOfMemory(stop: { false }) { number.sum().item } == 3)
    }

    /// The last operation of the pass, so the first on the way back, asks for it.
    @Test func aBackwardPassIsLeftInTheMiddle() throws {
        let leaf = Tensor.normal(deviation: 0.1, seed: 1, shape: [300, 300], dtype: .float32)
            .requiringGradient()
        let calls = Mutex(0)
        #expect(throws: WorkStopped.self) {
            try Library.throwingOutOfMemory(stop: { calls.withLock { $0 == 2 } }) {
                var product = leaf
                for _ in 0..<2_000 { product = product.linear(leaf) }
                let last = product.recomputed { input in
                    calls.withLock { $0 += 1 }
                    return input * 2
                }
                last.sum().backward()
            }
        }
        #expect(calls.withLock { $0 } == 2)
        #expect(leaf.gradient == nil)
    }

    @Test func passesSideBySideShareTheScopeAndOthersDoNot() async {
        #expect(throws: OutOfMemory.self) {
            try Library.throwingOutOfMemory {
                _ = Library.sideBySide(3) { index in
                    if index == 1 { _ = impossible() }
                    return (Tensor.zeros([2]) + 1).doubles
                }
                #expect(Library.hasGivenUp)
            }
        }
        #expect(Library.sideBySide(3) { Double($0) + Tensor([1]).item } == [1, 2, 3])
        let elsewhere = try? Library.throwingOutOfMemory {
            _ = impossible()
            return Result { try Library.throwingOutOfMemory { 1 } }
        }
        #expect(elsewhere == nil)
    }

    @Test func scopesNestAndAnErrorOfTheBodyIsItsOwn() throws {
        struct Mine: Error {}
        #expect(throws: Mine.self) { try Library.throwingOutOfMemory { throw Mine() } }
        let outer = try Library.throwingOutOfMemory {
            let inner = Result { try Library.throwingOutOfMemory { impossible() } }
            #expect(throws: OutOfMemory.self) { try inner.get() }
            return Tensor([1, 2]).sum().item
        }
        #expect(outer == 3)
        // What is thrown after memory ran out says nothing: it may be because of a stand-in.
        #expect(throws: OutOfMemory.self) {
            try Library.throwingOutOfMemory {
                _ = impossible()
                throw Mine()
            }
        }
    }

    @Test func finiteIsWhatHasNoInfinityAndNoNaN() {
        #expect(Tensor([1, -2]).isFinite)
        #expect(Tensor([Int](0..<3)).isFinite)
        #expect(Tensor.zeros([0]).isFinite)
        for number in [Double.nan, .infinity, -.infinity] {
            for type in [DType.float32, .float64, .bfloat16] {
                #expect(!Tensor([1, number, -2]).to(type).isFinite)
            }
        }
    }
}
