import ArgumentParser
import Foundation
import GRPO

/// `grpo config`: what a configuration says.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Explains configurations.",
        subcommands: [ConfigShowCommand.self, ConfigPresetsCommand.self],
        defaultSubcommand: ConfigShowCommand.self)
}

/// `grpo config show`: every key, its value, its meaning and where the value comes from.
struct ConfigShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints every key of a GRPO configuration with its value, meaning and source.",
        discussion: """
            What is printed is a configuration itself. Behind each value stands what it means and \
            where it comes from: the file and line, --set, the preset, or the default.
            """)

    @Argument(help: "A YAML file; see Examples/. Without one, the defaults.")
    var file: String?

    @Option(name: .customLong("set"), help: "Sets one key, such as preset=dapo.")
    var overrides: [String] = []

    func run() throws {
        let text = try Configuration.explained(file: file, overrides: overrides)
        Terminal(quiet: false, json: false).result(String(text.dropLast()))
    }
}

/// `grpo config presets`: the published choices.
struct ConfigPresetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presets", abstract: "Lists the presets.")

    func run() throws {
        let terminal = Terminal(quiet: false, json: false)
        for preset in Preset.allCases {
            let name = preset.rawValue.padding(toLength: 14, withPad: " ", startingAt: 0)
            terminal.result("\(name)\(preset.meaning)")
        }
    }
}
