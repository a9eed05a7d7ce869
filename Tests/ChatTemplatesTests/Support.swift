import Foundation
import Testing
import Tokenizers

@testable import ChatTemplates

/// The day that the goldens were made for.
let goldenDate = TemplateDate(year: 2026, month: 3, day: 9)

/// A template of `Scripts/peers/make-template-goldens.py` and what transformers makes of it.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    let name: String
    let template: String
    /// Nil where transformers fails.
    let text: String?

    var testDescription: String { name }
}

/// The goldens, and the variables that they were made with.
struct Goldens: Sendable {
    let variables: [JSON.Member]
    let cases: [GoldenCase]

    static let shared = Result { try Goldens() }

    private init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/templates.json")
        let json = try JSONParser.parse(Array(Data(contentsOf: file)), file: file.path)
        guard case .object(let variables)? = json["variables"],
            case .array(let cases)? = json["cases"]
        else { throw CocoaError(.fileReadCorruptFile) }
        self.variables = variables
        self.cases = cases.compactMap { value in
            guard case .string(let name)? = value["name"],
                case .string(let template)? = value["template"]
            else { return nil }
            var text: String?
            if case .string(let golden)? = value["text"] { text = golden }
            return GoldenCase(name: name, template: template, text: text)
        }
    }
}

/// What a template writes.
func rendered(
    _ template: String, _ variables: [JSON.Member] = [], limits: TemplateLimits = TemplateLimits()
) throws -> String {
    try ChatTemplate(template, name: "test.jinja", limits: limits)
        .render(variables, date: goldenDate)
}

/// What a template is refused for.
func refusal(_ template: String, limits: TemplateLimits = TemplateLimits()) -> String? {
    do {
        _ = try rendered(template, limits: limits)
        return nil
    } catch {
        return "\(error)"
    }
}
