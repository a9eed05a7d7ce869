public import Rewards

extension RewardConfiguration {
    /// What the kinds program and http have beside the others.
    public struct External: Sendable, Equatable {
        /// Kind program: the program and its arguments.
        public var command = Command(words: [])
        /// Kind http: where requests are sent.
        public var url = ""
        /// The rewards that one answer holds, each with its factor; none for a single number.
        public var outputs: [String: Double] = [:]
        /// Programs side by side, or posts at once.
        public var workers = 4
        /// The most completions that one worker, or one post, has at a time; `nil` for the kind's.
        public var batchSize: Int?
        /// Seconds for an answer; `nil` for the kind's.
        public var timeout: Double?
        /// Kind program: seconds more for the first answer after a start.
        public var startTimeout = 60.0
        /// Kind http: how often a post is tried again.
        public var retries = 2
        /// Kind program: whether it runs without network and with limits.
        public var sandbox = false
        /// Kind program: the limits of the sandbox.
        public var limits = Sandbox()

        /// The defaults.
        public init() {}
    }

    /// A program and its arguments, written as a list, or as a command line for the shell.
    public struct Command: Sendable, Equatable {
        /// The words; one alone is a command line.
        public var words: [String]

        /// A program and its arguments.
        public init(words: [String]) { self.words = words }
    }

    /// The rewards themselves: one, or as many as a program or server gives.
    ///
    /// - Throws: `RewardError` where a regular expression does not compile, `RewardProgramError`
    ///   where a program is not there.
    public func rewards() throws -> [Reward] {
        let isExternal = kind == .program || kind == .http
        return (isExternal ? try externalRewards() : [try reward()]).map { reward in
            var reward = reward
            reward.onFailure = onFailure
            return reward
        }
    }

    /// The weight of each of them over the steps; `nil` where it stays.
    var weightSchedules: [WeightSchedule?] {
        let count = max(1, kind == .program || kind == .http ? external.outputs.count : 1)
        return [WeightSchedule?](repeating: weightSchedule, count: count)
    }

    /// Never none.
    func externalRewards() throws -> [Reward] {
        let outputs = external.outputs.keys.sorted()
        let rewards: [Reward]
        if kind == .http {
            var server = ServerSettings(url: external.url)
            server.outputs = outputs
            server.connections = external.workers
            server.batchSize = external.batchSize ?? server.batchSize
            server.timeout = external.timeout ?? server.timeout
            server.retries = external.retries
            rewards = try Reward.server(name: label, weight: weight, server)
        } else {
            var program = ProgramSettings(command: external.command.words)
            program.outputs = outputs
            program.workers = external.workers
            program.batchSize = external.batchSize ?? program.batchSize
            program.timeout = external.timeout ?? program.timeout
            program.startTimeout = external.startTimeout
            program.sandbox = external.sandbox ? external.limits : nil
            rewards = try Reward.program(name: label, weight: weight, program)
        }
        return zip(rewards, outputs.isEmpty ? [""] : outputs).map { reward, output in
            reward.weighted(by: weight * (external.outputs[output] ?? 1))
        }
    }

    func validateExternal(at path: [String]) throws(ConfigurationError) {
        if !external.outputs.isEmpty, ramp != nil {
            throw ConfigurationError(
                path + ["ramp"],
                .conflict(
                    "a ramp is for one reward, and outputs names \(external.outputs.count). "
                        + "Take the ramp out, or give each a program of its own."))
        }
        guard kind == .http else { return }
        do { _ = try Reward.server(name: label, ServerSettings(url: external.url)) } catch {
            throw ConfigurationError(path + ["url"], .conflict("\(error)."))
        }
    }
}

extension RewardConfiguration.Command: ConfigurationValue {
    static var expected: String { "a command line, or a list of a program and its arguments" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        if case .list = node.content {
            words = try [String](node)
        } else {
            words = [try String(node)]
        }
    }

    var yaml: YAMLNode { words.count == 1 ? .text(words[0]) : words.yaml }
}

extension FailurePolicy: ConfigurationValue {
    static var expected: String { "drop, fail or a number" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        switch node.content {
        case .scalar("drop", _): self = .drop
        case .scalar("fail", _): self = .fail
        default:
            guard let number = try? Double(node) else {
                throw node.wrongValue(expected: Self.expected)
            }
            self = .score(number)
        }
    }

    var yaml: YAMLNode {
        switch self {
        case .drop: .text("drop")
        case .fail: .text("fail")
        case .score(let number): number.yaml
        }
    }
}
