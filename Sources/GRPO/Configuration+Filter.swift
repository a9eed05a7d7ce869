extension GroupFilter: ConfigurationVariant {
    enum Kind: String, ConfigurationChoice {
        case none, signal
        case meanBetween = "mean_between"
    }

    init(kind: Kind) {
        self =
            switch kind {
            case .none: .keepAll
            case .signal: .withSignal
            case .meanBetween: .meanBetween(0, 1)
            }
    }

    var kind: Kind {
        switch self {
        case .keepAll: .none
        case .withSignal: .signal
        case .meanBetween: .meanBetween
        }
    }

    var numbers: [ConfigurationField<Self>] {
        guard case .meanBetween(let low, let high) = self else { return [] }
        return [
            ConfigurationField(
                "low", low, "Groups of this mean reward or less are left out.",
                with: { .meanBetween($0, high) }),
            ConfigurationField(
                "high", high, "Groups of this mean reward or more are left out.",
                with: { .meanBetween(low, $0) }),
        ]
    }
}
