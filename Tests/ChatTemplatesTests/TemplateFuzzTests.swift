import Foundation
import Testing

@testable import ChatTemplates

/// Damaged templates must end in a text or a typed error: no trap, no hang.
@Suite struct TemplateFuzzTests {
    private static let pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "-%}", "{%-", "(", ")", "[", "]", "{", "}", "|", ".",
        ",",
        ":", "~", "+", "-", "*", "//", "%", "**", "==", "<", "not ", " in ", " is ", " if ",
        " else ",
        "{% for x in messages %}", "{% endfor %}", "{% if x %}", "{% endif %}", "{% set x = ",
        "{% macro m(a) %}", "{% endmacro %}", "{{ m(m) }}", "range(9)", "namespace(a=1)", "loop",
        "messages", "data", "missing", "none", "9223372036854775807", "-1", "1e308", "0", "'a'",
        "|tojson", "|list", "|sort", "|join", "|map('upper')", "|replace('', 'x')", "[::-1]",
        "[1:]", ".items()", ".split()", ".__class__", "é", "\u{0301}", "\r\n", "\u{2028}",
    ]

    /// A linear congruential generator: the same templates in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let mixed = (state ^ (state >> 29)) &* 0x9E37_79B9_7F4A_7C15
            return mixed ^ (mixed >> 32)
        }
    }

    @Test func damagedTemplatesNeverTrap() throws {
        let goldens = try Goldens.shared.get()
        let iterations =
            ProcessInfo.processInfo.environment["FUZZ_ITERATIONS"].flatMap { Int($0) } ?? 600
        var limits = TemplateLimits()
        limits.steps = 20_000
        limits.bytes = 1 << 16
        var generator = Generator(state: 7)
        var texts = 0
        for _ in 0..<iterations {
            guard let base = goldens.cases.randomElement(using: &generator) else { break }
            let template = Self.damaged(base.template, using: &generator)
            do throws(ChatTemplateError) {
                _ = try ChatTemplate(template, name: "fuzz", limits: limits)
                    .render(goldens.variables, date: goldenDate)
                texts += 1
            } catch {
                #expect(error.line > 0 && error.column > 0)
            }
        }
        #expect(texts > 0)
    }

    private static func damaged(_ template: String, using generator: inout Generator) -> String {
        var scalars = Array(template.unicodeScalars)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...scalars.count, using: &generator)
            let end = min(scalars.count, place + Int.random(in: 0...8, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: scalars.removeSubrange(place..<end)
            case 1: scalars.insert(contentsOf: scalars[place..<end], at: place)
            default:
                let piece = pieces.randomElement(using: &generator) ?? ""
                scalars.replaceSubrange(place..<max(place, end - 4), with: piece.unicodeScalars)
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
