extension Reward {
    /// Rewards by a program in any language, which reads a JSON object a line and writes one a line.
    ///
    /// It reads `{"id": 7, "prompt": …, "completion": …, …}`, the fields of the data row among
    /// them, and writes `{"id": 7, "reward": 0.5}`; Documentation/rewards.md says all of it. What it
    /// cannot do (time-outs, crashes, output that is no answer, numbers that are not finite) throws
    /// `RewardProgramError` and is never a score.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged; with outputs, `name/output`.
    ///   - weight: what each score is multiplied by.
    ///   - settings: the command, and how it is run.
    /// - Returns: one reward, or one an output.
    /// - Throws: `RewardProgramError` where there is no such program.
    public static func program(
        name: String, weight: Double = 1, _ settings: ProgramSettings
    ) throws(RewardProgramError) -> [Reward] {
        let command = try settings.words(reward: name)
        let arguments = try settings.sandbox?.command(command, reward: name) ?? command
        let source = RewardSource(
            name, outputs: settings.outputs, threads: max(1, settings.workers),
            batchSize: max(1, settings.batchSize)
        ) { shared in
            ProgramTransport(shared: shared, settings: settings, arguments: arguments)
        }
        return rewards(of: source, outputs: settings.outputs, weight: weight)
    }

    /// Rewards by a server, which is sent by POST what a program reads, and answers what one writes.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged; with outputs, `name/output`.
    ///   - weight: what each score is multiplied by.
    ///   - settings: the address, and how it is asked.
    /// - Returns: one reward, or one an output.
    /// - Throws: `RewardProgramError` where the address cannot be used.
    public static func server(
        name: String, weight: Double = 1, _ settings: ServerSettings
    ) throws(RewardProgramError) -> [Reward] {
        let address = try HTTPAddress(settings.url, reward: name)
        let source = RewardSource(
            name, outputs: settings.outputs, threads: max(1, settings.connections),
            batchSize: max(1, settings.batchSize)
        ) { shared in
            ServerTransport(shared: shared, settings: settings, address: address)
        }
        return rewards(of: source, outputs: settings.outputs, weight: weight)
    }

    private static func rewards(
        of source: RewardSource, outputs: [String], weight: Double
    ) -> [Reward] {
        guard !outputs.isEmpty else {
            return [Reward(source.name, weight: weight, source: source, output: 0)]
        }
        return outputs.enumerated().map { place, output in
            Reward("\(source.name)/\(output)", weight: weight, source: source, output: place)
        }
    }
}

extension [Reward] {
    /// The programs and servers that they are asked of, each once.
    public var sources: [RewardSource] {
        var found: [RewardSource] = []
        for source in compactMap(\.source) where !found.contains(where: { $0 === source }) {
            found.append(source)
        }
        return found
    }
}

extension ProgramSettings {
    /// The words of the command; a single one with a space is for the shell.
    fileprivate func words(reward: String) throws(RewardProgramError) -> [String] {
        guard let program = command.first else { throw .notFound(reward: reward, program: "") }
        if command.count == 1, program.contains(where: \.isWhitespace) {
            return ["/bin/sh", "-c", program]
        }
        guard isProgram(program) else { throw .notFound(reward: reward, program: program) }
        return command
    }
}
