import Testing
import Torch

@testable import NeuralNetwork

@Suite struct LowRankAdapterSettingsTests {
    private let query = "model.layers.1.self_attn.q_proj"

    private func settings(
        _ targets: LowRankAdapterSettings.Targets,
        _ change: (inout LowRankAdapterSettings) -> Void = { _ in }
    ) -> LowRankAdapterSettings {
        var settings = LowRankAdapterSettings(rank: 4, alpha: 8, targets: targets)
        change(&settings)
        return settings
    }

    @Test func namesAreEndsOfNamesFromADotOn() throws {
        #expect(try settings(.names(["q_proj"])).shape(of: query)?.rank == 4)
        #expect(try settings(.names([query])).shape(of: query) != nil)
        #expect(try settings(.names(["self_attn.q_proj"])).shape(of: query) != nil)
        #expect(try settings(.names(["proj"])).shape(of: query) == nil)
    }

    @Test func aPatternMatchesTheWholeName() throws {
        #expect(try settings(.pattern(".*q_proj")).shape(of: query) != nil)
        #expect(try settings(.pattern("q_proj")).shape(of: query) == nil)
        #expect(throws: LowRankAdapterError.self) { try settings(.pattern("(")).validate() }
    }

    @Test func allLinearLeavesTheOutputLayerOut() throws {
        #expect(try settings(.allLinear).shape(of: query) != nil)
        #expect(try settings(.allLinear).shape(of: "lm_head") == nil)
        #expect(throws: LowRankAdapterError.outputLayer) {
            try settings(.names(["lm_head"])).shape(of: "lm_head")
        }
    }

    @Test func patternsGiveALayerItsOwnRankAndScale() throws {
        let patterns = settings(.allLinear) {
            $0.rankPattern = ["q_proj": 2, #"layers\.0\..*"#: 16]
            $0.alphaPattern = [#".*\.1\.self_attn.*"#: 5]
        }
        #expect(try #require(try patterns.shape(of: query)) == (2, 2.5))
        #expect(try #require(try patterns.shape(of: "model.layers.0.mlp.up_proj")) == (16, 0.5))
        let stabilized = settings(.allLinear) { $0.isRankStabilized = true }
        #expect(try #require(try stabilized.shape(of: query)) == (4, 4))
        #expect(throws: LowRankAdapterError.self) {
            try patterns.shape(of: "model.layers.0.self_attn.q_proj")
        }
    }

    @Test func anAdapterWithoutALayerIsRefused() throws {
        let adapter = try LowRankAdapter(new: settings(.names(["q_proj", "qproj"])), seed: 0)
        _ = try Linear(
            ParameterSource.random(seed: 0).adapted(by: adapter), query, from: 3, to: 2,
            bias: false,
            deviation: 1)
        #expect(throws: LowRankAdapterError.noSuchLayer("qproj", known: ["q_proj"])) {
            try adapter.checkTargets()
        }
    }
}

@Suite struct LowRankLayerTests {
    private func layer(
        dropout: Double = 0, up: [Double]? = nil
    ) throws -> (linear: Linear, adapter: LowRankAdapter) {
        var settings = LowRankAdapterSettings(rank: 2, alpha: 3)
        settings.dropout = dropout
        let adapter = try LowRankAdapter(new: settings, seed: 5, dtype: .float64)
        let linear = try Linear(
            ParameterSource.random(seed: 1, dtype: .float64).adapted(by: adapter), "q", from: 4,
            to: 3, bias: true, deviation: 1)
        if let up {
            withoutGradients { adapter.layers[0].up.value.copyInPlace(Tensor(up, shape: [3, 2])) }
        }
        return (linear, adapter)
    }
    private let input = Tensor((0..<8).map { Double($0 * $0 % 7) - 2 }, shape: [2, 4])
    private let up = [0.5, -1, 0.25, 2, -0.75, 0.1]

    @Test func aNewAdapterIsUniformAndChangesNothing() throws {
        let (linear, adapter) = try layer()
        let bound = 0.5
        let down = adapter.layers[0].down.value.doubles
        #expect(down.allSatisfy { abs($0) <= bound } && down.contains { abs($0) > bound / 2 })
        let plain = input.linear(linear.weight.value, bias: linear.bias?.value)
        #expect(linear(input).doubles == plain.doubles)
    }

    /// Central differences in float64.
    @Test func theGradientIsThatOfTheFormula() throws {
        let (linear, adapter) = try layer(up: up)
        let loss = { (linear(input) * linear(input)).sum() }
        for parameter in adapter.parameters { parameter.value.requiringGradient() }
        loss().backward()
        #expect(linear.parameters.allSatisfy { $0.value.gradient == nil })
        for parameter in adapter.parameters {
            let (value, gradient) = (parameter.value, try #require(parameter.value.gradient))
            let start = value.detached().doubles
            for place in start.indices {
                let slopes = [1e-6, -1e-6].map { step in
                    var moved = start
                    moved[place] += step
                    return withoutGradients {
                        value.copyInPlace(Tensor(moved, shape: value.shape))
                        return loss().item
                    }
                }
                let slope = (slopes[0] - slopes[1]) / 2e-6
                #expect(abs(slope - gradient.doubles[place]) < 1e-6 * max(1, abs(slope)))
            }
            withoutGradients { value.copyInPlace(Tensor(start, shape: value.shape)) }
        }
    }

    @Test func mergingIsTheSameProduct() throws {
        let (linear, adapter) = try layer(up: up)
        let merged = linear.weight.value + adapter.layers[0].weightChange
        let expected = input.linear(merged, bias: linear.bias?.value).doubles
        for (found, expected) in zip(linear(input).doubles, expected) {
            #expect(abs(found - expected) < 1e-12)
        }
    }

    @Test func dropoutDependsOnItsStreamAloneAndEndsWithThePass() throws {
        let (linear, adapter) = try layer(dropout: 0.5, up: up)
        let plain = linear(input).doubles
        let dropped = { (pass: UInt64) in
            adapter.dropout.during(RandomStream(1, pass)) { linear(input).doubles }
        }
        #expect(dropped(1) == dropped(1))
        #expect(Set([dropped(1), dropped(2), dropped(3), plain]).count > 2)
        #expect(linear(input).doubles == plain)
    }

    @Test func whatIsKeptIsScaledSoThatTheMeanStays() throws {
        let dropout = Dropout(rate: 0.25)
        let ones = Tensor.full(1, shape: [10_000])
        let kept = dropout.during(RandomStream(2)) { dropout(ones, place: 0).doubles }
        #expect(Set(kept).count == 2)
        #expect(abs(kept.reduce(0, +) / 10_000 - 1) < 0.03)
    }
}
