import ArgumentParser
import GRPO

/// How a conversation in the terminal begins.
struct ChatOptions: ParsableArguments {
    @Flag(
        help: """
            Talk to the model: a line is a message, /reset forgets, /system TEXT instructs, /exit ends.
            """)
    var chat = false

    @Option(help: "With --chat: the system message.")
    var system: String?

    @Flag(inversion: .prefixedNo, help: "With --chat: the template's enable_thinking.")
    var thinking: Bool?

    @Option(help: "With --chat: a JSON file with tools that the model is told of.")
    var tools: String?

    var settings: Configuration.Chat {
        var settings = Configuration.Chat()
        settings.thinking = thinking
        settings.tools = tools
        return settings
    }

    func validate() throws {
        guard !chat, system != nil || thinking != nil || tools != nil else { return }
        throw ValidationError("--system, --thinking and --tools go with --chat.")
    }
}
