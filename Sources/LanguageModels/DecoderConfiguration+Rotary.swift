import NeuralNetwork

/// Reading the rotary embedding: the rules of transformers 5.23 for files old and new
/// (`RotaryEmbeddingConfigMixin`, and its overrides in Gemma 3 and Phi 3).
extension DecoderConfiguration {
    /// `rope_type` of each rule.
    static let rotaryTypes = ["default", "linear", "dynamic", "llama3", "yarn", "longrope"]

    mutating func readRotary(
        _ mirror: ConfigurationFile, defaults: FamilyDefaults, file: String
    ) throws(ModelError) {
        if family == .gemma3 {
            try readNestedRotary(mirror, defaults: defaults, file: file)
            return
        }
        // In older files `rope_scaling` holds all but the base; it wins where both are there.
        let key = mirror.rope_scaling == nil ? "rope_parameters" : "rope_scaling"
        var rotary = mirror.rope_scaling ?? mirror.rope_parameters ?? RotaryFile()
        guard rotary.full_attention == nil, rotary.sliding_attention == nil else {
            throw ModelError(
                file: file,
                reason: "\(key) is nested by layer type, which only gemma3_text reads; found "
                    + "\(family.rawValue).")
        }
        rotary.rope_theta = rotary.rope_theta ?? mirror.rope_theta ?? defaults.rotaryBase
        rotary.partial_rotary_factor =
            rotary.partial_rotary_factor ?? mirror.partial_rotary_factor
        rotary.original_max_position_embeddings =
            mirror.original_max_position_embeddings ?? (family == .phi3 ? 4096 : nil)
            ?? rotary.original_max_position_embeddings
        rotary.rope_type = rotary.rope_type ?? rotary.type
        if family == .phi3, ["su", "yarn"].contains(rotary.rope_type) {
            rotary.rope_type = "longrope"
        }
        self.rotary = try resolved(rotary, key: key, file: file)
    }

    /// Gemma 3 has one rotation for its full layers and one for its sliding ones.
    private mutating func readNestedRotary(
        _ mirror: ConfigurationFile, defaults: FamilyDefaults, file: String
    ) throws(ModelError) {
        let outer = mirror.rope_parameters
        guard outer?.rope_type == nil, outer?.type == nil, outer?.rope_theta == nil else {
            throw ModelError(
                file: file,
                reason: "rope_parameters: expected \"full_attention\" and \"sliding_attention\" "
                    + "in gemma3_text, found the parameters of one rotation.")
        }
        var full = outer?.full_attention?.parameters ?? RotaryFile()
        var sliding = outer?.sliding_attention?.parameters ?? RotaryFile()
        if let scaling = mirror.rope_scaling {
            guard scaling.type == nil || scaling.rope_type != nil else {
                throw ModelError(
                    file: file,
                    reason: "rope_scaling has \"type\", which transformers does not read in "
                        + "gemma3_text. Call it \"rope_type\".")
            }
            full = full.updated(with: scaling)
        }
        full.rope_theta = full.rope_theta ?? mirror.rope_theta ?? defaults.rotaryBase
        sliding.rope_theta = sliding.rope_theta ?? mirror.rope_local_base_freq ?? 10_000
        full.partial_rotary_factor = full.partial_rotary_factor ?? mirror.partial_rotary_factor
        // transformers looks for this one key outside.
        (full.truncate, sliding.truncate) = (outer?.truncate, outer?.truncate)
        rotary = try resolved(full, key: "full_attention", file: file)
        let local = try resolved(sliding, key: "sliding_attention", file: file)
        slidingRotary = local == rotary ? nil : local
    }

    private func resolved(
        _ rotary: RotaryFile, key: String, file: String
    ) throws(ModelError) -> RotaryConfiguration {
        let type = rotary.rope_type ?? rotary.type ?? "default"
        let known = family == .phi3 ? ["default", "longrope"] : Self.rotaryTypes
        guard known.contains(type) else {
            throw ModelError(
                file: file,
                reason: "rope_type is \"\(type)\"; supported in \(family.rawValue): "
                    + known.joined(separator: ", ") + ".")
        }
        let share = rotary.partial_rotary_factor ?? 1
        guard share == 1 || family == .phi3 else {
            throw ModelError(
                file: file,
                reason: "partial_rotary_factor is \(share); transformers rotates a part of the "
                    + "head in phi3 alone.")
        }
        let reader = RotaryReader(
            values: rotary, contextLength: Double(contextLength), key: key, file: file)
        return RotaryConfiguration(
            base: rotary.rope_theta ?? 10_000, rotatedShare: share,
            scaling: try reader.scaling(type))
    }

    func validateRotary(file: String) throws(ModelError) {
        for rotary in [rotary, slidingRotary].compactMap(\.self) {
            guard rotary.base > 1, rotary.base.isFinite else {
                throw ModelError(
                    file: file, reason: "rope_theta is \(rotary.base); expected more than 1.")
            }
            guard rotary.rotatedShare > 0, rotary.rotatedShare <= 1 else {
                throw ModelError(
                    file: file,
                    reason: "partial_rotary_factor is \(rotary.rotatedShare); expected more than "
                        + "0 and at most 1.")
            }
            let width = rotary.rotatedWidth(headWidth: headWidth)
            guard width > 0, width.isMultiple(of: 2) else {
                throw ModelError(
                    file: file,
                    reason: "partial_rotary_factor \(rotary.rotatedShare) of head_dim "
                        + "\(headWidth) rotates \(width) channels; expected an even number.")
            }
            if case .longRoPE(let rule) = rotary.scaling {
                let lists = [("short_factor", rule.short), ("long_factor", rule.long)]
                for (key, list) in lists where list.count != width / 2 {
                    throw ModelError(
                        file: file,
                        reason: "\(key) has \(list.count) numbers; expected \(width / 2), half of "
                            + "the rotated channels.")
                }
            }
            if case .dynamic = rotary.scaling, width == 2 {
                throw ModelError(
                    file: file, reason: "rope_type \"dynamic\" needs more than 2 rotated channels.")
            }
        }
    }
}
