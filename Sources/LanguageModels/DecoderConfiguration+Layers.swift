/// Which layers have a sliding window, and which rotate nothing.
extension DecoderConfiguration {
    /// The most layers that a file may claim: published decoders have some hundred.
    static let mostLayers = 10_000
    private static let fullName = "full_attention"
    private static let slidingName = "sliding_attention"

    /// `layer_types` for writing.
    var layerTypes: [String] {
        (0..<layerCount).map { slidingLayers.contains($0) ? Self.slidingName : Self.fullName }
    }

    /// Reads `layer_types` or derives them as the classes of transformers do.
    mutating func readLayers(
        _ mirror: ConfigurationFile, defaults: FamilyDefaults, file: String
    ) throws(ModelError) {
        // `validate` refuses any other number; it must not make room for lists of it.
        guard (1...Self.mostLayers).contains(layerCount) else { return }
        if family == .smollm3 { try readUnrotatedLayers(mirror, file: file) }
        let window = slidingWindow(mirror, defaults: defaults)
        let derived = try derivedSlidingLayers(mirror, window: window, file: file)
        slidingLayers = try namedSlidingLayers(mirror, derived: derived, file: file) ?? derived
        guard !slidingLayers.isEmpty else { return }
        guard let window else {
            throw ModelError(
                file: file,
                reason: "layer_types has \"\(Self.slidingName)\" layers, but there is no "
                    + "sliding_window" + (readsUse ? ", or use_sliding_window is false." : "."))
        }
        guard window > 0 else {
            throw ModelError(
                file: file, reason: "sliding_window is \(window); expected 1 or more.")
        }
        slidingWindow = window
    }

    private var readsUse: Bool { family == .qwen2 || family == .qwen3 }

    private func slidingWindow(
        _ mirror: ConfigurationFile, defaults: FamilyDefaults
    ) -> Int? {
        switch family {
        case .llama: nil
        case .qwen2, .qwen3:
            mirror.use_sliding_window == true
                ? mirror.sliding_window.or(missing: defaults.slidingWindow) : nil
        case .mistral, .smollm3, .gemma2, .gemma3, .phi3:
            mirror.sliding_window.or(missing: defaults.slidingWindow)
        }
    }

    private func derivedSlidingLayers(
        _ mirror: ConfigurationFile, window: Int?, file: String
    ) throws(ModelError) -> Set<Int> {
        let layers = 0..<layerCount
        switch family {
        case .llama: return []
        case .mistral, .phi3: return window == nil ? [] : Set(layers)
        case .qwen2, .qwen3:
            let first = mirror.max_window_layers ?? 28
            return window == nil ? [] : Set(layers.filter { $0 >= first })
        case .smollm3:
            return window == nil || mirror.use_sliding_window != true ? [] : unrotatedLayers
        case .gemma2: return Set(layers.filter { $0.isMultiple(of: 2) })
        case .gemma3:
            let pattern = mirror.sliding_window_pattern ?? 6
            guard pattern > 0 else {
                throw ModelError(
                    file: file,
                    reason: "sliding_window_pattern is \(pattern); expected 1 or more.")
            }
            return Set(layers.filter { !($0 + 1).isMultiple(of: pattern) })
        }
    }

    private func namedSlidingLayers(
        _ mirror: ConfigurationFile, derived: Set<Int>, file: String
    ) throws(ModelError) -> Set<Int>? {
        guard let names = mirror.layer_types else { return nil }
        guard names.count == layerCount else {
            throw ModelError(
                file: file,
                reason: "layer_types has \(names.count) entries, num_hidden_layers is "
                    + "\(layerCount).")
        }
        for name in names where name != Self.fullName && name != Self.slidingName {
            throw ModelError(
                file: file,
                reason: "layer_types has \"\(name)\"; supported: \(Self.fullName), "
                    + "\(Self.slidingName).")
        }
        let named = Set(names.indices.filter { names[$0] == Self.slidingName })
        // These classes of transformers have one kind of layer.
        let hasOneKind = [.llama, .mistral, .phi3].contains(family)
        guard !hasOneKind || named == derived else {
            throw ModelError(
                file: file,
                reason: "layer_types differs from what sliding_window says, and transformers does "
                    + "not read it in \(family.rawValue). Remove layer_types.")
        }
        return named
    }

    private mutating func readUnrotatedLayers(
        _ mirror: ConfigurationFile, file: String
    ) throws(ModelError) {
        let interval = mirror.no_rope_layer_interval ?? 4
        guard interval > 0 else {
            throw ModelError(
                file: file, reason: "no_rope_layer_interval is \(interval); expected 1 or more.")
        }
        // 1 where the layer does rotate, whatever the name says.
        let rotates =
            mirror.no_rope_layers
            ?? (0..<layerCount).map { ($0 + 1).isMultiple(of: interval) ? 0 : 1 }
        guard rotates.count == layerCount else {
            throw ModelError(
                file: file,
                reason: "no_rope_layers has \(rotates.count) entries, num_hidden_layers is "
                    + "\(layerCount).")
        }
        unrotatedLayers = Set(rotates.indices.filter { rotates[$0] == 0 })
    }
}
