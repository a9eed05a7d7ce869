import Testing

@testable import ChatTemplates

@Suite struct TemplateGoldenTests {
    @Test(arguments: try Goldens.shared.get().cases)
    func templatesRenderAsInTransformers(_ golden: GoldenCase) throws {
        let variables = try Goldens.shared.get().variables
        guard let text = golden.text else {
            #expect(throws: ChatTemplateError.self) { try rendered(golden.template, variables) }
            return
        }
        let ours = try rendered(golden.template, variables)
        #expect(
            ours.utf8.elementsEqual(text.utf8),
            "\(ours.debugDescription), not \(text.debugDescription)")
    }

    @Test func thereAreGoldensOfEveryFeature() throws {
        #expect(try Goldens.shared.get().cases.count > 80)
    }
}
