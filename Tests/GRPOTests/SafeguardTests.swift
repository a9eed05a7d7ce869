import LanguageModels
import NeuralNetwork
import Synchronization
import TestSupport
import Testing
import Torch

@testable import GRPO

/// Memory that runs out in a step, and requests to stop it.
@Suite struct SafeguardTests {
    private func safeguards(_ tokens: Int, concurrent: Int? = nil) -> Safeguards {
        Safeguards(
            microBatchTokens: tokens, concurrentCompletions: concurrent, maxNonFiniteSteps: 3)
    }

    private func impossible() -> Tensor {
        Tensor.zeros([1 << 26, 1 << 26], dtype: .float32, device: .cpu)
    }

    /// The gradients of four batches of four tokens, where no pass of more than `room` tokens fits.
    private func gradients(budget: Int, room: Int, width: Int) throws -> ([Double], Safeguards) {
        let model = try Fixtures.model("qwen2-tiny")
        let optimizer = AdamW(model.decoder.trainableParameters)
        let safeguards = safeguards(budget)
        _ = try safeguards.addGradients(
            GradientPasses(model.decoder, width: width), to: [optimizer], tokens: 16
        ) { budget in
            let tokens = Array(1...16)
            let batches = stride(from: 0, to: 16, by: budget).map {
                Array(tokens[$0..<min($0 + budget, 16)])
            }
            return UpdatePasses(batches: batches) { index, batch in
                // The first batch always fits: its gradient must not be counted twice.
                let logits = model.decoder.logits(index == 0 ? Array(batch.prefix(1)) : batch)
                let loss = (logits * logits).sum()
                return (index > 0 && batch.count > room ? loss + impossible().sum() : loss, ())
            }
        }
        return (model.decoder.parameters.flatMap { $0.value.gradient?.doubles ?? [] }, safeguards)
    }

    @Test(arguments: [1, 2])
    func aRetriedUpdateIsThatOfTheSmallerMicroBatch(width: Int) throws {
        let (retried, safeguards) = try gradients(budget: 8, room: 4, width: width)
        let (smaller, untroubled) = try gradients(budget: 4, room: 4, width: width)
        #expect(retried == smaller && retried.contains { $0 != 0 })
        #expect(safeguards.state.microBatchTokens.bound == 4)
        let warnings = safeguards.takeWarnings()
        #expect(warnings.count == 1)
        #expect(warnings[0].hasPrefix("out of memory in a pass over 8 tokens"), "\(warnings)")
        #expect(warnings[0].contains("training.micro_batch_tokens: 4"), "\(warnings)")
        #expect(untroubled.takeWarnings() == [] && safeguards.takeWarnings() == [])
    }

    @Test(arguments: [1, 2])
    func memoryThatRunsOutTwiceEndsTheUpdateWithoutAGradient(width: Int) throws {
        let error = #expect(throws: TrainingMemoryError.self) {
            _ = try gradients(budget: 8, room: 3, width: width)
        }
        let text = "\(try #require(error))"
        #expect(text.hasPrefix("out of memory in a pass over 8, then 4 tokens"), "\(text)")
        #expect(text.contains("Lower training.micro_batch_tokens. Set training.gradient_check"))
    }

    /// A budget that is larger than the pass would be halved to no effect.
    @Test func whatIsHalvedIsWhatThePassHas() throws {
        let safeguards = safeguards(16_384)
        var tried: [Int] = []
        let result = try safeguards.inMicroBatches(of: 100) { budget in
            tried.append(budget)
            if budget > 60 { _ = impossible() }
            return budget
        }
        #expect(result == 50 && tried == [16_384, 50])
        #expect(try safeguards.inMicroBatches(of: 100) { $0 } == 50)
        #expect(throws: TrainingMemoryError.self) {
            try self.safeguards(1).inMicroBatches { _ in _ = impossible() }
        }
    }

    @Test func samplingWithoutMemoryGoesOnWithHalfAsManyCompletions() throws {
        let safeguards = safeguards(64)
        let found = try safeguards.sampling(rows: 12) { concurrent in
            if concurrent == nil { _ = impossible() }
            return concurrent
        }
        #expect(found == 6)
        let warning = try #require(safeguards.takeWarnings().first)
        #expect(warning.contains("rollout.concurrent_completions: 6"), "\(warning)")
    }

    /// Completions read tokens back from tensors: stand-ins must not be taken for these.
    @Test(arguments: [SamplingSettings(), SamplingSettings(topK: 5), .greedy])
    func samplingThatRunsOutOfMemoryThrows(sampling: SamplingSettings) throws {
        let model = try Fixtures.model("qwen2-tiny")
        let request = GenerationRequest(
            prompt: [1, 2], streams: (0..<3).map { RandomStream(UInt64($0)) })
        for tokensUntil in [0, 2] {
            var count = 0
            #expect(throws: OutOfMemory.self) {
                try Library.throwingOutOfMemory {
                    if tokensUntil == 0 { _ = impossible() }
                    return model.generate(
                        [request, request],
                        settings: GenerationSettings(maxNewTokens: 6, sampling: sampling)
                    ) { _ in
                        count += 1
                        if count == tokensUntil { _ = impossible() }
                        return true
                    }
                }
            }
            #expect(count <= tokensUntil)
        }
    }

    @Test(arguments: [1, 2])
    func aRequestToStopLeavesNoGradient(width: Int) throws {
        let model = try Fixtures.model("qwen2-tiny")
        let optimizer = AdamW(model.decoder.trainableParameters)
        let safeguards = safeguards(64)
        safeguards.stop = StopRequest { true }
        #expect(throws: StepInterrupted.self) {
            _ = try safeguards.addGradients(
                GradientPasses(model.decoder, width: width), to: [optimizer], tokens: 4
            ) { _ in
                UpdatePasses(batches: [[1, 2], [3, 4]]) { _, tokens in
                    (model.decoder.logits(tokens).sum(), ())
                }
            }
        }
        #expect(model.decoder.parameters.allSatisfy { $0.value.gradient == nil })
    }

    /// In each stage of a step: the policy stays as it was, and the step can be made again.
    @Test func aStepThatIsStoppedChangesNothing() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let before = model.decoder.parameters.map(\.value.doubles)
        var settings = GRPOSettings()
        (settings.groupSize, settings.microBatchTokens) = (4, 8)
        settings.generation = GenerationSettings(maxNewTokens: 5)
        let step = GRPOStep(policy: model, rewards: [bytesModulo7], settings: settings)
        let asked = Counter()
        var stops = 0
        for allowed in 0..<1_000 {
            asked.reset()
            step.safeguards.stop = StopRequest { asked.next() > allowed }
            do {
                _ = try await step(threePrompts(model), step: 0, learningRate: 0.1)
                break
            } catch is StepInterrupted {
                stops += 1
                #expect(model.decoder.parameters.map(\.value.doubles) == before)
                #expect(model.decoder.parameters.allSatisfy { $0.value.gradient == nil })
            }
        }
        #expect(stops > 10, "the step must have been stopped in many places")
        #expect(model.decoder.parameters.map(\.value.doubles) != before)
    }
}

/// Counts what several threads ask.
private final class Counter: Sendable {
    private let count = Mutex(0)
    func reset() { count.withLock { $0 = 0 } }
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
