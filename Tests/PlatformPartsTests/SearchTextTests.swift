import PlatformParts
import Testing

@Suite("What is looked for in texts")
struct SearchTextTests {
    @Test(
        "Patterns take every character literally",
        arguments: [("A%b", #"%a\%b%"#), (" _ ", #"%\_%"#), (#"\"#, #"%\\%"#)])
    func literal(text: String, pattern: String) {
        #expect(SearchText(text)?.pattern == pattern)
    }

    @Test("Blank text does not filter", arguments: [nil, "", " ", "\t\u{a0}\n"])
    func blank(text: String?) {
        #expect(SearchText(text) == nil)
    }

    @Test(
        "Case is no difference in any script",
        arguments: [("Straße", "STRASSE"), ("ΟΔΟς", "οδοσ"), ("ŽIŽKOV", "žižkov")])
    func folding(one: String, other: String) {
        #expect(SearchText.folded(one) == SearchText.folded(other))
    }
}
