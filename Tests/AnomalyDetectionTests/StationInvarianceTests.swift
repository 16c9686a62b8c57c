import AnomalyDetection
import Testing

@Suite("Station detector: what must not matter")
struct StationInvarianceTests {
    private let history = StationFixture.scaled(
        StationFixture.history(days: 120, seed: 21), days: 110..<111, by: 4)

    @Test("Another unit of energy gives the same verdicts")
    func unit() {
        let larger = StationFixture.scaled(history, days: 0..<120, by: 1024)
        for day in 106..<114 {
            let one = StationFixture.judge(history, day: day)
            let other = StationFixture.judge(larger, day: day)
            #expect(abs(one.score - other.score) < 1e-9)
            #expect(one.kind == other.kind)
            #expect(one.markers.map(\.hour) == other.markers.map(\.hour))
        }
    }

    @Test("The same history gives the same verdict, and later days do not matter")
    func later() {
        var longer = history
        longer.hourlyKilowattHours += [Float](repeating: 500, count: 240)
        for day in 108..<114 {
            let verdict = StationFixture.judge(history, day: day)
            #expect(StationFixture.judge(history, day: day) == verdict)
            #expect(StationFixture.judge(longer, day: day) == verdict)
        }
    }

    @Test("Of a running day only what has passed is judged")
    func running() {
        var changed = history
        for hour in 14..<24 { changed.hourlyKilowattHours[115 * 24 + hour] = 90 }
        let verdict = StationFixture.judge(history, day: 115, throughMinute: 14 * 60)
        #expect(StationFixture.judge(changed, day: 115, throughMinute: 14 * 60) == verdict)
        #expect(verdict.expectedKilowattHours ?? 0 < StationFixture.judge(history, day: 115).expectedKilowattHours ?? 0)
        let night = StationFixture.judge(history, day: 116, throughMinute: 180)
        #expect(!night.isAnomalous)
        #expect(night.actualKilowattHours == 0)
        #expect(StationFixture.judge(history, day: 116, throughMinute: 0).score < StationVerdict.anomalousScore)
        let surge = StationFixture.judge(history, day: 110, throughMinute: 20 * 60 + 30)
        #expect(surge.markers.allSatisfy { $0.hour <= 20 })
    }

    @Test("Markers are hours in order with scores up to the day's, and a quiet day has none")
    func markers() {
        let surge = StationFixture.judge(history, day: 110)
        #expect(surge.isAnomalous)
        #expect(!surge.markers.isEmpty)
        #expect(surge.markers.map(\.hour) == surge.markers.map(\.hour).sorted())
        #expect(surge.markers.allSatisfy { 0..<24 ~= $0.hour && 0...surge.score ~= $0.score })
        let quiet = (60..<80).map { StationFixture.judge(history, day: $0) }.filter { !$0.isAnomalous }
        #expect(quiet.count > 15)
        #expect(quiet.allSatisfy { $0.markers.isEmpty && $0.kind == nil })
    }

    @Test("The score is that of the evidence of all parts, and sensitivity multiplies it")
    func sensitivity() {
        var configuration = StationConfiguration()
        configuration.sensitivity = 2
        let usual = StationFixture.judge(history, day: 110)
        let keen = StationDetector.judge(history, day: history.firstDay + 110, configuration: configuration)
        #expect(usual.evidence == keen.evidence)
        #expect(abs((1 - keen.score) - (1 - usual.score) * (1 - usual.score)) < 1e-12)
    }

    @Test("Days outside the history, and histories without energy, are quiet")
    func nothing() {
        let empty = StationHistory(firstDay: 100, hourlyKilowattHours: [])
        #expect(StationDetector.judge(empty, day: 100).score == 0)
        #expect(StationDetector.judge(empty, day: 50).score == 0)
        let idle = StationHistory(firstDay: 100, hourlyKilowattHours: [Float](repeating: 0, count: 2400))
        #expect(StationDetector.judge(idle, day: 150).score == 0)
        #expect(StationDetector.judge(history, day: history.firstDay - 5).score == 0)
        #expect(StationDetector.judge(history, day: history.endDay + 400).score < StationVerdict.anomalousScore)
    }
}
