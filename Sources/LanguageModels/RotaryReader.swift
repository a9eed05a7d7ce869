import Foundation
import NeuralNetwork

/// Resolves the parameters of a rule, with the defaults of transformers.
struct RotaryReader {
    let values: RotaryFile
    let contextLength: Double
    let key: String
    let file: String

    private var originalLength: Double {
        values.original_max_position_embeddings ?? contextLength
    }

    func scaling(_ type: String) throws(ModelError) -> RotaryConfiguration.Scaling {
        switch type {
        case "linear": return .linear(factor: try positive("factor", values.factor))
        case "dynamic":
            return .dynamic(
                factor: try positive("factor", values.factor), contextLength: Int(contextLength))
        case "llama3": return .llama3(try llama3())
        case "yarn": return .yarn(try yarn())
        case "longrope": return .longRoPE(try longRoPE())
        default: return .none
        }
    }

    private func positive(_ name: String, _ value: Double?) throws(ModelError) -> Double {
        guard let value else {
            throw ModelError(file: file, reason: "the key \"\(key).\(name)\" is missing.")
        }
        guard value > 0, value.isFinite else {
            throw ModelError(
                file: file, reason: "\(key).\(name) is \(value); expected more than 0.")
        }
        return value
    }

    private func llama3() throws(ModelError) -> RotaryConfiguration.Llama3 {
        let low = try positive("low_freq_factor", values.low_freq_factor)
        let high = try positive("high_freq_factor", values.high_freq_factor)
        guard low < high else {
            throw ModelError(
                file: file,
                reason: "\(key).low_freq_factor is \(low), high_freq_factor \(high); expected "
                    + "less than that.")
        }
        return RotaryConfiguration.Llama3(
            factor: try positive("factor", values.factor), lowFactor: low, highFactor: high,
            originalLength: try positive("original_max_position_embeddings", originalLength))
    }

    private func yarn() throws(ModelError) -> RotaryConfiguration.YaRN {
        let factor = try positive("factor", values.factor)
        // Peng et al. 2023, equation 22; with mscale as DeepSeek has it. 0 counts as missing.
        let magnitude = { (weight: Double) in
            factor <= 1 ? 1 : 0.1 * weight * Foundation.log(factor) + 1
        }
        let known: Double? =
            if let mscale = values.mscale, let all = values.mscale_all_dim, mscale != 0, all != 0 {
                magnitude(mscale) / magnitude(all)
            } else { nil }
        let orDefault = { (value: Double?, instead: Double) in
            value.flatMap { $0 == 0 ? nil : $0 } ?? instead
        }
        return RotaryConfiguration.YaRN(
            factor: factor,
            originalLength: try positive("original_max_position_embeddings", originalLength),
            fastRotations: try positive("beta_fast", orDefault(values.beta_fast, 32)),
            slowRotations: try positive("beta_slow", orDefault(values.beta_slow, 1)),
            roundsBounds: values.truncate ?? true,
            magnitude: values.attention_factor ?? known ?? magnitude(1))
    }

    private func longRoPE() throws(ModelError) -> RotaryConfiguration.LongRoPE {
        let original = try positive("original_max_position_embeddings", originalLength)
        let lists = [("short_factor", values.short_factor), ("long_factor", values.long_factor)]
        var factors: [[Double]] = []
        for (name, list) in lists {
            guard let list else {
                throw ModelError(file: file, reason: "the key \"\(key).\(name)\" is missing.")
            }
            for factor in list { _ = try positive(name, factor) }
            factors.append(list)
        }
        let factor = values.factor ?? contextLength / original
        let magnitude =
            factor <= 1
            ? 1 : (1 + Foundation.log(factor) / Foundation.log(original)).squareRoot()
        return RotaryConfiguration.LongRoPE(
            short: factors[0], long: factors[1], originalLength: original,
            magnitude: values.attention_factor ?? magnitude)
    }
}
