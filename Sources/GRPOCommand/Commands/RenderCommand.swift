import ArgumentParser
import ChatTemplates
import Foundation
import Tokenizers

/// `grpo render`: chat templates on their own, for `Scripts/peers/check-templates`.
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Renders chat templates.",
        discussion: """
            Each line of the input is {"name": …, "template": …, "date": [year, month, day], \
            "variables": {…}}, each of the output {"text": …} or {"error": …}.
            """,
        shouldDisplay: false)

    func run() throws {
        while let line = readLine() {
            let result: [String: String]
            do {
                result = ["text": try render(line)]
            } catch {
                result = ["error": "\(error)"]
            }
            let data = try JSONSerialization.data(withJSONObject: result)
            print(String(decoding: data, as: UTF8.self))
        }
    }

    private func render(_ line: String) throws -> String {
        let request = try JSONParser.parse(Array(line.utf8), file: "standard input")
        guard case .string(let text) = request["template"],
            case .object(let variables) = request["variables"],
            case .array(let date) = request["date"], date.count == 3
        else { throw ValidationError("expected template, date and variables.") }
        var name = "template"
        if case .string(let given) = request["name"] { name = given }
        let parts = date.map { if case .integer(let number) = $0 { number } else { 1 } }
        let template = try ChatTemplate(text, name: name)
        return try template.render(
            variables, date: TemplateDate(year: parts[0], month: parts[1], day: parts[2]))
    }
}
