import Testing

@testable import ChatTemplates

@Suite struct HostileTemplateTests {
    private static let bomb = "{% set ns = namespace(x='ab') %}{% for i in range(90) %}"

    /// What would run, fill the memory or overflow the stack without a bound.
    static let bombs: [(String, String)] = [
        (
            "nested loops",
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
        ),
        ("doubled text", bomb + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}"),
        ("repeated text", "{{ 'a' * 99999999999 }}"),
        ("repeated list", "{{ [1] * 99999999999 }}"),
        ("doubled list", bomb + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x }}"),
        ("printed list", bomb + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}"),
        ("list as JSON", bomb + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}"),
        ("tuple as key", bomb + "{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}"),
        (
            "deep list",
            "{% set ns = namespace(x=1) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}"
        ),
        ("endless macro", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
        ("deep brackets", String(repeating: "(", count: 99999)),
        ("deep expression", "{{ " + String(repeating: "(", count: 9999)),
        ("deep lists", "{{ " + String(repeating: "[", count: 9999)),
        ("long sum", "{{ 1" + String(repeating: " + 1", count: 9999) + " }}"),
        ("many nots", "{{ " + String(repeating: "not ", count: 9999) + "1 }}"),
        ("many signs", "{{ " + String(repeating: "-", count: 9999) + "1 }}"),
        ("deep blocks", String(repeating: "{% if 1 %}", count: 9999)),
        ("many filters", "{{ 1" + String(repeating: "|abs", count: 9999) + " }}"),
        ("large power", "{{ 9 ** 999999999 }}"),
        ("large sum", "{{ 9223372036854775807 + 1 }}"),
        ("division", "{{ (0 - 9223372036854775807 - 1) // -1 }}"),
        ("padding", "{{ 'a'.ljust(999999999999) }}"),
        ("range beyond", "{{ range(-9223372036854775807, 9223372036854775807) }}"),
        ("joined", "{{ ('a' * 9999).join(range(9999)|map('string')) }}"),
        ("replaced", "{{ ('a' * 99999)|replace('a', 'b' * 99999) }}"),
        ("indent", "{{ ('\\n' * 99999)|indent('b' * 99999) }}"),
    ]

    @Test(arguments: bombs.map(\.0))
    func bombsEndInAnError(_ name: String) throws {
        var limits = TemplateLimits()
        limits.steps = 300_000
        limits.bytes = 1 << 18
        let template = try #require(Self.bombs.first { $0.0 == name }).1
        if name == "deep brackets" {
            #expect(refusal(template, limits: limits) == nil)
        } else {
            #expect(refusal(template, limits: limits) != nil)
        }
    }

    @Test func chainsOfNamespacesAndMacrosAreFreed() throws {
        _ = try rendered(
            """
            {% set ns = namespace(x=none) %}{% for i in range(30000) %}\
            {% set n = namespace(x=ns.x) %}{% set ns.x = n %}{% endfor %}
            """)
        _ = try rendered(
            """
            {% set ns = namespace(x=none) %}{% for i in range(30000) %}{% set old = ns.x %}\
            {% macro m() %}{{ old }}{% endmacro %}{% set ns.x = m %}{% endfor %}
            """)
    }

    @Test func errorsNameTemplateLineAndColumn() {
        #expect(
            refusal("a\nbé {{ x.y }}")
                == "test.jinja:2:8: \"x\" is undefined; give it in the messages or in the chat settings"
        )
        #expect(
            refusal("{% if true %}\n{{ raise_exception('no') }}{% endif %}")
                == "test.jinja:2:19: the template refuses the conversation: no")
        #expect(
            refusal("{{ 1 | nope }}")?.hasPrefix(
                "test.jinja:1:8: the filter \"nope\" is not supported")
                == true)
        #expect(
            refusal("x {% if %}")
                == "test.jinja:1:9: expected an expression, found \"%}\"; the template is damaged: "
                + "fetch it again")
    }

    @Test func theDateIsTheOneGiven() throws {
        #expect(try rendered("{{ strftime_now('%d %b %Y') }}") == "09 Mar 2026")
    }
}
