import Testing

@testable import GantryContract

@Suite("Regular expressions")
struct PatternTests {
    @Test(
        "expressions that take a backtracking engine forever are matched at once",
        arguments: [
            "^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "^([a-zA-Z]+)*$", "^(.*a){12}$", "^(a*)*b$", "(x+x+)+y",
            "^(\\d+)*\\.$",
        ])
    func catastrophic(source: String) throws {
        let pattern = try Pattern(source)
        // One step of a table for each scalar, whatever the text.
        #expect(pattern.maximumStepsPerScalar == 1)
        #expect(!pattern.matches(String(repeating: "a", count: 50_000) + "!"))
        #expect(!pattern.matches(String(repeating: "ax", count: 25_000) + "!"))
    }

    @Test(
        "large counts, nested quantifiers and wide classes become tables too",
        arguments: [
            ("^.{0,4096}$", "x", true), ("^[a-z]{1,4000}$", "A", false), ("^(a|b|ab)*c{100}$", "abc", false),
            ("^([0-9a-z]{1,63}\\.){1,10}[a-z]+$", "a.b.c", true), ("(a{0,60}){0,60}b", "aaac", false),
            ("^[\\u{0}-\\u{D7FF}\\u{E000}-\\u{10FFFF}]*$", "é😀", true), ("(.?){100}x", "é", false),
            ("^(?:(?:a?){20}){20}$", "aaab", false), ("^(([a-z])+.)+[A-Z]([a-z])+$", "aaaaaaaa", false),
        ])
    func tables(source: String, text: String, isMatch: Bool) throws {
        let pattern = try Pattern(source)
        #expect(pattern.maximumStepsPerScalar == 1)
        #expect(pattern.matches(text) == isMatch)
    }

    @Test(
        "what would cost much for each scalar is refused where it is written",
        arguments: [
            "^[ab]*a[ab]{200}$", "(x+x+)+y[xy]{150}z", "(((a{0,99}){0,99}){0,99}){0,99}", "(a|b|c|d){4096}(a|b){4096}",
            "[a-y]*x[a-z]{120}",
        ])
    func intricate(source: String) {
        #expect(throws: ContractError.self) { try Pattern(source) }
    }

    @Test("agrees with Swift's engine on many short texts")
    func oracle() throws {
        let sources = [
            "^[A-Z][A-Z0-9_]{2,4}$", "a|b", "^(a|b)*c?$", "^a{2,3}$", "b+", "^[^ab]$", "^(?:ab|a)b?$", "^.$", "c$",
            "^a?b?c?$",
            "(ab|ba){2}", "^[a-c]{0,2}$", "^\\w+\\s\\d$", "^(a(b(c)?)?)?$", "a.c", "^$", "[ab]c|ca$", "^a.*c$",
        ]
        let alphabet: [Character] = ["a", "b", "c", "A", "1", " ", "_", "é"]
        var texts = [""]
        var longest = [""]
        for _ in 0..<4 {
            longest = longest.flatMap { text in alphabet.map { text + String($0) } }
            texts += longest
        }
        for source in sources {
            let pattern = try Pattern(source)
            let reference = try Regex(source).matchingSemantics(.unicodeScalar).asciiOnlyCharacterClasses()
            for text in texts {
                #expect(pattern.matches(text) == text.contains(reference), "\(source) on \"\(text)\"")
            }
        }
    }

    @Test("a pattern too large for a table gives the same answers")
    func withoutTable() throws {
        // The eleventh character from the end needs a state for each set of places: 2 to the power of 20 of them.
        let pattern = try Pattern("^[ab]*a[ab]{20}$")
        #expect((2...100).contains(pattern.maximumStepsPerScalar))
        #expect(pattern.matches("a" + String(repeating: "b", count: 20)))
        #expect(pattern.matches(String(repeating: "ab", count: 500) + "a" + String(repeating: "b", count: 20)))
        #expect(!pattern.matches("b" + String(repeating: "b", count: 20)))
        #expect(!pattern.matches("a" + String(repeating: "b", count: 21)))
        #expect(!pattern.matches("a"))
        #expect(try Pattern("é[ab]*a[ab]{20}c").matches("xéa" + String(repeating: "b", count: 20) + "c!"))
    }

    @Test(
        "classes, escapes and scalars beyond ASCII",
        arguments: [
            ("^[^\\u0000-\\u001f\\u007f]+$", "Zoë 😀", true), ("^[^\\u0000-\\u001f\\u007f]+$", "a\u{7F}", false),
            ("^\\u{1F600}$", "😀", true), ("^\\uD83D\\uDE00$", "😀", true), ("^.$", "😀", true),
            ("^.$", "\n", false),
            ("^\\S+$", "a\u{A0}", false), ("^\\s$", "\u{FEFF}", true), ("^\\d$", "٣", false), ("^\\w$", "é", false),
            ("^[\\x21-\\x7e]{2}$", "!~", true), ("^\\W\\D$", "éx", true), ("^[\\]\\-]+$", "]-", true),
            ("^[a-]+$", "a-", true), ("^\\*\\.\\/$", "*./", true), ("^[\\d.]+$", "1.2", true),
            ("^\\cJ\\t\\0$", "\n\t\0", true),
            ("^[]$", "a", false), ("^[^]$", "\n", true), ("", "anything", true), ("^(?<year>\\d{4})$", "2026", true),
        ])
    func details(source: String, text: String, isMatch: Bool) throws {
        #expect(try Pattern(source).matches(text) == isMatch)
    }

    @Test(
        "what is broken or not supported is refused",
        arguments: [
            "(", ")", "[", "a**", "*a", "a{2,1}", "a{", "a{x}", "a]", "\\", "\\1", "\\b", "\\p{L}", "(?=a)", "(?!a)",
            "(?<=a)b",
            "[z-a]", "[\\d-z]", "\\u12", "\\u{110000}", "a{5000}", "^*", "(a{1000}){1000}", "\\q",
        ])
    func refused(source: String) {
        #expect(throws: ContractError.self) { try Pattern(source) }
    }
}
