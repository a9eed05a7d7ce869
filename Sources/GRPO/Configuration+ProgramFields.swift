import Rewards

// The keys of rewards that are programs or servers.

extension RewardConfiguration {
    var onFailureField: ConfigurationField<Self> {
        ConfigurationField(
            "on_failure", \.onFailure,
            "drop: a failure takes no part in its group; fail: it ends the run; or a number.")
    }

    var programFields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "command", \.external.command, isRequired: true, allowed: .aCommand,
                "program: reads a JSON object a line and writes one a line."),
            outputsField,
            workersField,
            batchSizeField,
            timeoutField,
            ConfigurationField(
                "start_timeout", \.external.startTimeout, allowed: .atLeast(0),
                "program: seconds more for the first answer after a start."),
            ConfigurationField(
                "sandbox", \.external.sandbox,
                "program: runs it without network and with the limits, as far as the system allows."
            ),
            ConfigurationField("limits", \.external.limits, "program: the limits of the sandbox."),
        ]
    }

    var serverFields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "url", \.external.url, isRequired: true, allowed: .notEmpty("an address"),
                "http: where requests are sent, http://host:port/path."),
            outputsField,
            workersField,
            batchSizeField,
            timeoutField,
            ConfigurationField(
                "retries", \.external.retries, allowed: .within(0...20),
                "http: how often a post is tried again that met no server, or a busy one."),
        ]
    }

    private var outputsField: ConfigurationField<Self> {
        ConfigurationField(
            "outputs", \.external.outputs,
            "program, http: the rewards of one answer and their factors: {style: 0.5, facts: 1}.")
    }

    private var workersField: ConfigurationField<Self> {
        ConfigurationField(
            "workers", \.external.workers, allowed: .within(1...256),
            "program, http: programs side by side, or posts at once.")
    }

    private var batchSizeField: ConfigurationField<Self> {
        ConfigurationField(
            "batch_size", \.external.batchSize, allowed: .ifPresent(.within(1...4_096)),
            "program, http: most completions a worker or post has at a time; null for 1 and 16.")
    }

    private var timeoutField: ConfigurationField<Self> {
        ConfigurationField(
            "timeout", \.external.timeout, allowed: .ifPresent(.above(0, upTo: 86_400)),
            "program, http: seconds for an answer; null for 10 and 30.")
    }
}

extension Sandbox: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        let most = 1 << 30
        return [
            ConfigurationField(
                "cpu_seconds", \.cpuSeconds, allowed: .within(1...most),
                "Processor time of one process; the program is replaced in time."),
            ConfigurationField(
                "memory_megabytes", \.memoryMegabytes, allowed: .within(1...most),
                "Address space of one process."),
            ConfigurationField(
                "open_files", \.openFiles, allowed: .within(8...most),
                "Files that one process may have open."),
            ConfigurationField(
                "file_megabytes", \.fileMegabytes, allowed: .within(1...most),
                "Size of a file that is written."),
            ConfigurationField(
                "processes", \.processes, allowed: .within(8...most),
                "Processes and threads of one worker; root has no such limit."),
        ]
    }
}

extension ConfigurationRule where Value == RewardConfiguration.Command {
    /// The rule for a command: that its program is there is checked when the run begins.
    static var aCommand: Self {
        Self(allowed: "a command", why: "For example [python3, reward.py].") { command in
            command.words.first.map { !$0.isEmpty } ?? false
        }
    }
}
