import AnomalyDetection
import Foundation
import Testing

@testable import AnomalyLanguage

/// Run with `GANTRY_GOLDENS=write` to write the texts anew; then read them.
@Suite("Explanations, read by people")
struct ExplanationGoldenTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens")

    @Test("Every scenario shows its category", arguments: Scenario.faulty)
    func categories(scenario: Scenario) throws {
        let found = scenario.story.found
        #expect(found.contains { $0.finding.category == scenario.category })
        #expect(found.allSatisfy { $0.detail != .unknown })
    }

    @Test("Every category and a clean session are explained as written down", arguments: Language.allCases)
    func goldens(language: Language) throws {
        let composer = Composer(language)
        let texts = (Scenario.faulty + [.clean]).map { scenario in
            "## \(scenario.testDescription)\n\n\(composer.explanation(scenario.story))\n"
        }
        try compare(texts.joined(separator: "\n"), with: "\(language.rawValue).md")
    }

    @Test("Questions are answered as written down", arguments: Language.allCases)
    func answers(language: Language) throws {
        let composer = Composer(language)
        var texts: [String] = []
        for question in Questions.of(language) {
            for scenario in [Scenario.faulty[0], .clean, Scenario.faulty[11]] {
                let answer = composer.answer(question, scenario.story)
                texts.append("**\(question)** (\(scenario.testDescription))\n\n\(answer)\n")
            }
        }
        try compare(texts.joined(separator: "\n"), with: "\(language.rawValue)-answers.md")
    }

    private func compare(_ text: String, with name: String, location: SourceLocation = #_sourceLocation) throws {
        let file = Self.folder.appending(path: name)
        if ProcessInfo.processInfo.environment["GANTRY_GOLDENS"] == "write" {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(text == golden, sourceLocation: location)
    }
}
