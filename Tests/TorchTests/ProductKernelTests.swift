import TestSupport
import Testing
import Torch

/// Products of many rows and their gradients against libtorch's, which float64 takes.
@Suite struct ProductKernelTests {
    private static func normal(_ seed: UInt64, _ shape: [Int]) -> Tensor {
        .normal(deviation: 1, seed: seed, shape: shape, dtype: .float32)
    }

    /// Whole tiles and what is left over of each axis, more than one block of each, and shapes that
    /// are libtorch's.
    @Test(arguments: [
        [32, 32, 32], [33, 47, 65], [64, 300, 31], [197, 256, 1057], [5, 64, 64], [70, 513, 33],
        [12, 600, 96],
    ])
    func anyShapeAgreesWithThePlainFormula(sizes: [Int]) {
        let (rows, depth, columns) = (sizes[0], sizes[1], sizes[2])
        let inputs = [
            Self.normal(1, [rows, depth]), Self.normal(2, [columns, depth]),
            Self.normal(3, [columns]),
        ]
        let formula = { (parts: [Tensor]) in parts[0].linear(parts[1], bias: parts[2]) }
        let exact = Differentiated(inputs, in: .float64, formula)
        #expect(Differentiated(inputs, formula).error(from: exact) < 2e-6)
        let unbiased = { (parts: [Tensor]) in parts[0].linear(parts[1]) }
        let plain = Differentiated(Array(inputs.prefix(2)), in: .float64, unbiased)
        #expect(Differentiated(Array(inputs.prefix(2)), unbiased).error(from: plain) < 2e-6)
    }

    @Test func layersWithOneInputAreTheLayersOneByOne() {
        let inputs = [
            Self.normal(1, [3, 50, 96]), Self.normal(2, [64, 96]), Self.normal(3, [40, 96]),
            Self.normal(4, [64]), Self.normal(5, [40]),
        ]
        let together = { (parts: [Tensor]) in
            Tensor.concatenate(
                parts[0].linears([parts[1], parts[2]], biases: [parts[3], parts[4]]), axis: -1)
        }
        let oneByOne = { (parts: [Tensor]) in
            Tensor.concatenate(
                [
                    parts[0].linear(parts[1], bias: parts[3]),
                    parts[0].linear(parts[2], bias: parts[4]),
                ], axis: -1)
        }
        let (ours, plain) = (Differentiated(inputs, together), Differentiated(inputs, oneByOne))
        #expect(ours.value == plain.value)
        #expect(ours.error(from: Differentiated(inputs, in: .float64, oneByOne)) < 2e-6)
        #expect(ours.error(from: plain) < 2e-6)
    }

    @Test func aFrozenWeightChangesNoOtherGradient() {
        let inputs = [Self.normal(1, [40, 64]), Self.normal(2, [64, 64])]
        let frozen = Differentiated([inputs[0]]) { $0[0].linear(inputs[1]) }
        let both = Differentiated(inputs) { $0[0].linear($0[1]) }
        #expect(frozen.gradients[0] == both.gradients[0])
    }

    @Test(.enabled(if: Library.multiplies))
    func aRowDoesNotDependOnTheOthers() {
        let (input, weight) = (Self.normal(1, [433, 300]), Self.normal(2, [90, 300]))
        let all = input.linear(weight).doubles
        for first in [0, 5, 401] {
            let some = input.narrowed(0, from: first, count: 32).linear(weight).doubles
            #expect(some == Array(all[first * 90..<(first + 32) * 90]), "from row \(first)")
        }
    }

    @Test(.enabled(if: Library.multiplies))
    func threadsChangeNoBit() async {
        await #expect(processExitsWith: .success) {
            let inputs = [Self.normal(1, [500, 300]), Self.normal(2, [700, 300])]
            let results = [1, 2, 3].map { threads in
                Library.threadCount = threads
                return Differentiated(inputs) { $0[0].linear($0[1]) }
            }
            for result in results.dropFirst() {
                require(result.value == results[0].value, "a product depends on threads")
                require(result.gradients == results[0].gradients, "a gradient depends on threads")
            }
        }
    }
}
