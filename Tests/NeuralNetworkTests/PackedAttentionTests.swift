import Testing

@testable import NeuralNetwork
@testable import Torch

/// A packing and the shapes of a layer, with random queries, keys, values and a random loss.
struct PackedAttentionCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Each group's prompt length, then those of its completions.
    var groups: [[Int]]
    var heads = 4
    var keyHeads = 2
    var width = 16
    var rule = AttentionRule(scale: 0.25)

    var segments: [Segment] {
        var segments: [Segment] = []
        for group in groups {
            let prompt = segments.count
            segments.append(Segment(length: group[0]))
            segments += group.dropFirst().map { Segment(length: $0, continuing: prompt) }
        }
        return segments
    }

    var tokenCount: Int { groups.flatMap(\.self).reduce(0, +) }

    /// Random numbers for each token, the same in every type.
    func random(_ seed: UInt64, heads: Int, dtype: DType) -> Tensor {
        Tensor.normal(deviation: 1, seed: seed, shape: [tokenCount, heads, width]).to(dtype)
    }

    /// The result, then the gradients of query, key and value: float32 by the kernel, float64 by
    /// padded rows.
    func passed(_ dtype: DType, rule: AttentionRule? = nil) -> [Tensor] {
        let inputs = [heads, keyHeads, keyHeads].enumerated().map { index, heads in
            random(UInt64(index), heads: heads, dtype: dtype).requiringGradient()
        }
        let result = AttentionLayout(segments, device: .cpu).attention(
            query: inputs[0], key: inputs[1], value: inputs[2], rule: rule ?? self.rule)
        let weights = random(3, heads: heads, dtype: dtype).reshaped([-1, heads * width])
        let gradients = (result * weights).sum().gradients(of: inputs)
        return [result.detached()] + gradients.compactMap(\.self)
    }

    static let all: [Self] = [
        Self(testDescription: "one prompt of one token", groups: [[1]]),
        Self(testDescription: "one query head for each key head", groups: [[7, 3, 9]], heads: 2),
        Self(
            testDescription: "ragged groups, empty completions, seven heads a key head",
            groups: [[5, 0, 1, 8], [3], [1, 40, 0], [33, 2, 2, 2]], heads: 14, width: 64),
        Self(
            testDescription: "a prompt longer than a tile, one key head",
            groups: [[700, 70, 1, 5], [6, 3]], heads: 2, keyHeads: 1, width: 80),
        Self(
            testDescription: "tiles within a segment, wide heads",
            groups: [[130, 150, 20]], heads: 2, width: 128),
        Self(
            testDescription: "a window within completion and prompt",
            groups: [[20, 90, 3], [9, 30]], rule: AttentionRule(scale: 0.25, window: 7)),
        Self(
            testDescription: "a window of one token", groups: [[4, 5]],
            rule: AttentionRule(scale: 0.25, window: 1)),
        Self(
            testDescription: "a window into the prompt",
            groups: [[600, 90, 3], [90, 30]], rule: AttentionRule(scale: 0.25, window: 100)),
        Self(
            testDescription: "a window beyond everything",
            groups: [[20, 9, 3]], rule: AttentionRule(scale: 0.25, window: 1000)),
        Self(
            testDescription: "capped scores", groups: [[40, 30, 7], [2, 2]],
            rule: AttentionRule(scale: 2, scoreCap: 3)),
        Self(
            testDescription: "capped scores in a window", groups: [[40, 30, 7]],
            rule: AttentionRule(scale: 1, window: 12, scoreCap: 50)),
    ]
}

@Suite struct PackedAttentionTests {
    /// |found − expected| / |expected| over all elements; without the divisor where nothing is
    /// expected but rounding, as of the scores of a window of one token.
    private func relativeError(_ found: Tensor, _ expected: Tensor) -> Double {
        let (found, expected) = (found.doubles, expected.doubles)
        let error = zip(found, expected).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
        let size = expected.map { $0 * $0 }.reduce(0, +)
        return size < 1e-20 ? error.squareRoot() : (error / size).squareRoot()
    }

    @Test(arguments: PackedAttentionCase.all)
    func theKernelIsTheAttentionOfPaddedRows(_ test: PackedAttentionCase) {
        let (found, expected) = (test.passed(.float32), test.passed(.float64))
        #expect(found.count == 4 && expected.count == 4)
        for (name, pair) in zip(["result", "dq", "dk", "dv"], zip(found, expected)) {
            #expect(pair.0.shape == pair.1.shape)
            let error = relativeError(pair.0, pair.1)
            #expect(error < 1e-5, "\(name): \(error)")
        }
    }

    @Test func theKernelTakesFloat32Alone() {
        for (dtype, takes) in [(DType.float32, true), (.float64, false), (.bfloat16, false)] {
            let tensor = Tensor.full(1, shape: [1, 1, 1], dtype: dtype)
            let found = Tensor.packedAttentionTakes(query: tensor, key: tensor, value: tensor)
            #expect(found == takes)
        }
    }

    @Test func oneThreadGivesTheBitsOfAllThreads() {
        let test = PackedAttentionCase.all[3]
        let expected = test.passed(.float32).map(\.floats)
        for found in Library.sideBySide(2, { _ in test.passed(.float32).map(\.floats) }) {
            #expect(found == expected)
        }
    }

    @Test func withoutGradientsTheBitsAreTheSame() {
        let test = PackedAttentionCase.all[2]
        let inputs = [14, 2, 2].enumerated().map { index, heads in
            test.random(UInt64(index), heads: heads, dtype: .float32).requiringGradient()
        }
        let result = withoutGradients {
            AttentionLayout(test.segments, device: .cpu).attention(
                query: inputs[0], key: inputs[1], value: inputs[2], rule: test.rule)
        }
        #expect(!result.requiresGradient)
        #expect(result.floats == test.passed(.float32)[0].floats)
    }

    @Test func aGroupDoesNotDependOnWhatElseIsPacked() {
        let test = PackedAttentionCase.all[3]
        let layout = AttentionLayout(test.segments, device: .cpu)
        let query = test.random(0, heads: 2, dtype: .float32)
        let key = test.random(1, heads: 1, dtype: .float32)
        let value = test.random(2, heads: 1, dtype: .float32)
        let all = layout.attention(query: query, key: key, value: value, rule: test.rule)
        // The prompt and its first completion alone.
        let part = { (tensor: Tensor) in tensor.narrowed(0, from: 0, count: 770) }
        let alone = AttentionLayout(Array(test.segments.prefix(2)), device: .cpu).attention(
            query: part(query), key: part(key), value: part(value), rule: test.rule)
        #expect(alone.floats == part(all).floats)
    }

    @Test func headsOfAFusedProductAreReadWhereTheyLie() {
        let test = PackedAttentionCase(testDescription: "", groups: [[9, 4, 5]])
        let fused = test.random(4, heads: 8, dtype: .float32)
        let parts = [(0, 4), (4, 2), (6, 2)].map { fused.narrowed(1, from: $0, count: $1) }
        let layout = AttentionLayout(test.segments, device: .cpu)
        let found = layout.attention(
            query: parts[0], key: parts[1], value: parts[2], rule: test.rule)
        let copies = parts.map { Tensor($0.floats, shape: $0.shape) }
        let expected = layout.attention(
            query: copies[0], key: copies[1], value: copies[2], rule: test.rule)
        #expect(found.floats == expected.floats)
    }
}
