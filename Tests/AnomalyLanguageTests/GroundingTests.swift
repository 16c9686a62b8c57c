import AnomalyDetection
import Testing

@testable import AnomalyLanguage

@Suite("Texts rest on the facts")
struct GroundingTests {
    /// The numbers in a text, with the separators of its language taken out.
    private func numbers(_ text: String, _ language: Language) -> Set<String> {
        let style = language.phrasebook.style
        var plain = text.replacing(style.group, with: "")
        if style.decimal != "." { plain = plain.replacing(String(style.decimal), with: ".") }
        return Set(
            plain.split { !($0.isASCII && $0.isNumber) && $0 != "." }.map { part in
                var part = part
                while part.hasSuffix(".") { part.removeLast() }
                return String(part)
            }.filter { $0.contains { $0.isNumber } })
    }

    @Test("All languages say the same numbers", arguments: Scenario.faulty + [.clean])
    func sameNumbers(scenario: Scenario) {
        let reference = numbers(Composer(.english).explanation(scenario.story), .english)
        for language in Language.allCases {
            let found = numbers(Composer(language).explanation(scenario.story), language)
            // Small counts are words in one language and digits in another, and a date has its full stop.
            let difference = found.symmetricDifference(reference).filter { $0 != "1" && $0 != "0" }
            #expect(difference.isEmpty, "\(language)")
        }
    }

    @Test("Random sessions are explained in every language without HTML, and no time lies outside of them")
    func randomSessions() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let scenario = Scenario(nil, Self.readings(&random), isCompleted: Bool.random(using: &random))
            let story = scenario.story
            for language in Language.allCases {
                let composer = Composer(language)
                for text in [composer.explanation(story), composer.facts(story), composer.answer("x", story)] {
                    #expect(!text.isEmpty && !text.contains("<") && !text.contains("?") && !text.contains("nil"))
                    #expect(GeneratedText.usable(text, maximumCharacters: 20_000) != nil)
                }
            }
        }
    }

    private static func readings(_ random: inout SystemRandomNumberGenerator) -> [Reading] {
        (0..<Int.random(in: 1...60, using: &random)).map { _ in
            let measurand = Measurand.allCases.randomElement(using: &random) ?? .voltage
            return Reading(
                timestampMilliseconds: Scenario.origin + Int64.random(in: 0...90_000_000, using: &random),
                value: Double.random(in: -500...90_000, using: &random), measurand: measurand, unit: nil,
                phase: Bool.random(using: &random) ? Phase.allCases.randomElement(using: &random) : nil,
                location: Location.allCases.randomElement(using: &random) ?? .outlet)
        }
    }

    @Test(
        "Numbers of a generator are those of the facts, in any language's form",
        arguments: [
            ("Der Zähler fiel auf 18.209,8 kWh um 05:33 UTC.", true), ("18\u{202F}209,80 kWh", true),
            ("The register fell by 4.3 kWh, in 2 steps.", true), ("It fell by 4,3 kWh.", true),
            ("It fell by 4.4 kWh.", false), ("It fell by 43 kWh.", false), ("About 18,210 kWh.", false),
            ("1. First\n2. Second", true),
            ("At 05:47 UTC.", false), ("No numbers at all.", true),
        ])
    func grounded(text: String, outcome: Bool) {
        let facts = "At 05:33 UTC the register shows 18,209.8 kWh, 4.3 kWh less."
        #expect(GeneratedText.rests(text, on: facts) == outcome)
    }

    @Test(
        "What a generator wrote is taken only as plain text",
        arguments: [
            ("  All well.\n", "All well."), ("5 < 6 kWh & more", "5 < 6 kWh & more"), ("", nil), (" \n ", nil),
            ("<b>x</b>", nil), ("a<img src=x>", nil), ("![x](a)", nil), ("[x](y)", nil), ("see https://x", nil),
            ("<!-- x", nil), ("javascript:x", nil), ("a\u{0}b", nil), ("&lt;b", nil), ("\u{202E}x", nil),
            (String(repeating: "a", count: 101), nil),
        ] as [(String, String?)])
    func generated(text: String, outcome: String?) {
        #expect(GeneratedText.usable(text, maximumCharacters: 100) == outcome)
    }
}
