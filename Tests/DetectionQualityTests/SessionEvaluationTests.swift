import AnomalyDetection
import DetectionQuality
import Testing

@Suite("The session pipeline's quality")
struct SessionEvaluationTests {
    @Test("Drawn sessions keep to the goals, and the tables name every category and kind of charging")
    func drawn() {
        var random = SeededRandom(seed: 11)
        var evaluation = SessionEvaluation()
        evaluation.measure(SessionShape.drawn(24, &random), seed: 11)
        #expect(evaluation.allFaults.total > 600)
        #expect(evaluation.allFaults.share >= SessionReport.leastRecall)
        #expect(evaluation.allOrdinary.share <= SessionReport.greatestFlagRate)
        let text = SessionReport(evaluation).text
        for category in AnomalyCategory.allCases { #expect(text.contains("\(category.wireName)")) }
        #expect(text.contains("plain"))
    }

    @Test("Equal seeds give equal figures")
    func repeats() {
        let texts = (0..<2).map { _ in
            var random = SeededRandom(seed: 3)
            var evaluation = SessionEvaluation()
            evaluation.measure(SessionShape.drawn(4, &random), seed: 3)
            return SessionReport(evaluation).text
        }
        #expect(texts[0] == texts[1])
    }
}
