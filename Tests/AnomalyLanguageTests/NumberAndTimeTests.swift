import AnomalyDetection
import Testing

@testable import AnomalyLanguage

@Suite("Numbers and times in each language")
struct NumberAndTimeTests {
    @Test(
        "A number has the language's separators",
        arguments: [
            (Language.english, "18,209.8", "1,234", "-0.023"), (.german, "18.209,8", "1.234", "-0,023"),
            (.french, "18\u{202F}209,8", "1\u{202F}234", "-0,023"), (.spanish, "18.209,8", "1234", "-0,023"),
            (.dutch, "18.209,8", "1.234", "-0,023"),
        ])
    func numbers(language: Language, large: String, whole: String, small: String) {
        let style = language.phrasebook.style
        #expect(style.text(18_209.8, digits: 3) == large)
        #expect(style.text(1234, digits: 3) == whole)
        #expect(style.text(-0.0229999, digits: 3) == small)
        #expect(style.text(-0.0001, digits: 2) == "0")
        #expect(style.text(999.999, digits: 2) == (language == .spanish ? "1000" : whole.replacing("234", with: "000")))
    }

    @Test("Moments are those of the calendar")
    func moments() {
        let leap = CivilMoment(milliseconds: 1_709_251_199_000)
        #expect((leap.year, leap.month, leap.day) == (2024, 2, 29))
        #expect(leap.clock == "23:59:59")
        let first = CivilMoment(milliseconds: 1_781_413_980_999)
        #expect((first.year, first.month, first.day) == (2026, 6, 14))
        #expect(first.clock == "05:13")
    }

    @Test("A tag with a country is its language's, an unknown one English")
    func tags() {
        #expect(Language(tag: "de-AT") == .german)
        #expect(Language(tag: "nl") == .dutch)
        #expect(Language(tag: "ja") == .english)
        #expect(Language(tag: "pt-BR") == .english)
    }

    @Test(
        "Durations have the plural of the language",
        arguments: [
            (Language.english, "1 hour and 5 minutes", "1 minute", "2 hours"),
            (.german, "1 Stunde und 5 Minuten", "1 Minute", "2 Stunden"),
            (.french, "1 heure et 5 minutes", "1 minute", "2 heures"),
            (.spanish, "1 hora y 5 minutos", "1 minuto", "2 horas"),
            (.dutch, "1 uur en 5 minuten", "1 minuut", "2 uur"),
        ])
    func durations(language: Language, long: String, minute: String, hours: String) {
        let words = Wording(language, nil)
        #expect(words.duration(3_900_000) == long)
        #expect(words.duration(60_000) == minute)
        #expect(words.duration(7_200_000) == hours)
    }
}
