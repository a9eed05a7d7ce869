import LanguageModels
import NeuralNetwork
import Testing
import Torch

@testable import GRPO

@Suite struct MemoryPlanTests {
    private func plan(
        _ change: (inout MemoryPlan.Networks, inout MemoryPlan.Workload) -> Void = { _, _ in }
    ) -> MemoryPlan {
        let shape = DecoderConfiguration(.small)
        var networks = MemoryPlan.Networks(parameterCount: 13_000_000)
        var work = MemoryPlan.Workload(promptLength: 100, completionLength: 200)
        change(&networks, &work)
        return MemoryPlan(shape, networks, work)
    }

    private func bytes(_ parts: [MemoryPlan.Part], _ name: String) -> Int {
        parts.filter { $0.name == name }.bytes
    }

    @Test func weightsGradientsAndMomentsAreFourTimesTheWeights() {
        let all = plan()
        #expect(bytes(all.resident, "weights") == 52_000_000)
        #expect(bytes(all.resident, "optimizer") == 104_000_000)
        #expect(bytes(all.training, "gradients") == 52_000_000)
    }

    @Test func theCacheHoldsAPromptOnceAGroup() {
        // 2 · layers · K · D · (N P + N G C) · 4 bytes
        #expect(
            bytes(plan().sampling, "key/value cache")
                == 2 * 8 * 2 * 64 * (16 * 100 + 16 * 8 * 200) * 4)
    }

    @Test func adaptersHaveSmallGradients() {
        let adapters = plan { networks, _ in networks.trainableParameterCount = 100_000 }
        #expect(bytes(adapters.training, "gradients") == 400_000)
        #expect(bytes(adapters.resident, "optimizer") == 800_000)
        #expect(adapters.peak < plan().peak)
    }

    @Test func checkpointsKeepLess() {
        let less = plan { networks, _ in networks.checkpointsActivations = true }
        #expect(bytes(less.training, "activations") * 2 < bytes(plan().training, "activations"))
    }

    @Test func adaptersOfAFrozenTypeAreCountedInTheirOwn() {
        let adapters = plan { networks, _ in
            networks.dtype = .bfloat16
            (networks.trainableParameterCount, networks.trainableDType) = (100_000, .float32)
            networks.valueParameterCount = 50_000
        }
        #expect(bytes(adapters.resident, "weights") == 26_000_000)
        #expect(bytes(adapters.resident, "value network") == 200_000)
        #expect(bytes(adapters.resident, "optimizer") == 2 * (400_000 + 200_000))
    }

    @Test func workersSumGradientsOfTheirOwn() {
        let two = plan { _, work in work.microBatchesSideBySide = 2 }
        // Sixteen groups of 1692 tokens are two micro-batches of 8 groups, then one a worker: there
        // are no sums beside them, and their activations are more than their gradients.
        #expect(bytes(two.training, "gradients") == 0)
        #expect(bytes(two.training, "activations") == 2 * bytes(plan().training, "activations"))
        let many = plan { _, work in
            (work.microBatchesSideBySide, work.microBatchTokens) = (2, 2000)
        }
        #expect(bytes(many.training, "gradients") == 2 * 52_000_000)
    }

    @Test func theAllocatorHoldsAShareOfWhatComesAndGoes() {
        let held = plan { networks, _ in networks.allocatorShare = 0.25 }
        let tensors = ["gradients", "activations"].reduce(0) { $0 + bytes(held.training, $1) }
        #expect(abs(bytes(held.training, "allocator") - tensors / 4) <= 1)
        #expect(plan().training.allSatisfy { $0.name != "allocator" })
    }

    @Test func aValueDecoderKeepsActivationsToo() {
        let value = plan { networks, _ in
            (networks.hasValueDecoder, networks.valueParameterCount) = (true, 1)
        }
        let policy = plan { networks, _ in networks.valueParameterCount = 1 }
        #expect(
            bytes(value.training, "activations") > bytes(policy.training, "activations") * 3 / 2)
    }

    @Test func adviceFits() throws {
        let all = plan()
        #expect(all.advice(available: all.peak) == nil)
        let advice = try #require(all.advice(available: all.peak / 2))
        #expect(advice.hasPrefix("Set training.micro_batch_tokens to "))
        #expect(all.advice(available: 1000)?.contains("smaller model") == true)
    }

    @Test func aShapeThatNobodyCouldRunGivesALargeNumber() {
        var shape = DecoderConfiguration(.small)
        (shape.hiddenSize, shape.feedForwardSize) = (1 << 30, 1 << 30)
        (shape.layerCount, shape.vocabularySize) = (1 << 30, 1 << 30)
        let networks = MemoryPlan.Networks(parameterCount: .max)
        let work = MemoryPlan.Workload(promptLength: 1 << 30, completionLength: 1 << 30)
        #expect(MemoryPlan(shape, networks, work).peak >= 1_000_000_000_000_000)
    }

    /// A gradient that stayed would be a part of the first step's.
    @Test(arguments: [false, true])
    func theRehearsalChangesNothing(withAdapter: Bool) throws {
        let base = try LanguageModel(random: DecoderConfiguration(.nano), seed: 1)
        let model =
            withAdapter
            ? try base.adapted(
                by: LowRankAdapter(new: LowRankAdapterSettings(rank: 2, alpha: 4), seed: 1))
            : base
        let parameters = model.decoder.parameters + model.decoder.trainableParameters
        let before = parameters.map(\.value.floats)
        for parameter in model.decoder.trainableParameters { parameter.value.requiringGradient() }
        var networks = MemoryPlan.Networks(parameterCount: 1)
        networks.outputRows = 257
        var work = MemoryPlan.Workload(promptLength: 8, completionLength: 6)
        (work.groups, work.groupSize, work.microBatchTokens) = (2, 2, 20)
        let plan = MemoryPlan(model.decoder.configuration, networks, work)
        try model.rehearse(
            plan, settings: GenerationSettings(maxNewTokens: 6),
            safeguards: Safeguards(microBatchTokens: 20, maxNonFiniteSteps: 3))
        #expect(parameters.map(\.value.floats) == before)
        #expect(parameters.allSatisfy { $0.value.gradient == nil })
    }
}
