import AnomalyDetection
import DetectionQuality
import Testing

@Suite("Station detector: faults")
struct StationDetectorTests {
    private let history = StationFixture.history(days: 120, seed: 7)

    @Test("The more energy is added to a day, the higher the score", arguments: [90, 101, 117])
    func surge(day: Int) throws {
        let factors: [Float] = [1.5, 2, 3, 5, 10, 30]
        let verdicts = factors.map {
            StationFixture.judge(StationFixture.scaled(history, days: day..<day + 1, by: $0), day: day)
        }
        for (less, more) in zip(verdicts, verdicts.dropFirst()) { #expect(less.score <= more.score) }
        let last = try #require(verdicts.last)
        #expect(last.isAnomalous)
        #expect(last.kind == .energySurge)
        #expect(last.actualKilowattHours > last.expectedKilowattHours ?? .infinity)
    }

    @Test("The more energy is missing of a day, the higher the score", arguments: [90, 101, 117])
    func drop(day: Int) throws {
        let factors: [Float] = [0.5, 0.3, 0.2, 0.1, 0.02]
        let verdicts = factors.map {
            StationFixture.judge(StationFixture.scaled(history, days: day..<day + 1, by: $0), day: day)
        }
        for (less, more) in zip(verdicts, verdicts.dropFirst()) { #expect(less.score <= more.score) }
        let last = try #require(verdicts.last)
        #expect(last.isAnomalous)
        #expect(last.kind == .energyDrop)
    }

    @Test("A station that is used every day and falls silent is noticed on the second day at the latest")
    func silence() {
        for seed in 1...6 as ClosedRange<UInt64> {
            let history = StationFixture.history(days: 60, seed: seed) { $0 < 50 }
            let verdict = StationFixture.judge(history, day: 51)
            #expect(verdict.isAnomalous)
            #expect(verdict.kind == .zeroEnergy)
            #expect(verdict.actualKilowattHours == 0)
        }
    }

    @Test("A stuck meter is noticed when a total comes again, and its days have an irregular profile")
    func repetition() {
        var stuck = history
        for hour in 0..<24 {
            let energy = stuck.hourlyKilowattHours[100 * 24 + hour]
            for day in 101...103 { stuck.hourlyKilowattHours[day * 24 + hour] = energy }
        }
        for day in 101...103 {
            let verdict = StationFixture.judge(stuck, day: day)
            #expect(verdict.isAnomalous)
            #expect(verdict.kind == .irregularProfile)
            #expect(verdict.evidence.repetition > 1)
        }
    }

    @Test("A meter that comes to count twice is seen in the days together")
    func drift() {
        let drifted = StationFixture.scaled(history, days: 108..<120, by: 2)
        let before = StationFixture.judge(history, day: 119).evidence.drift
        let after = StationFixture.judge(drifted, day: 119).evidence.drift
        #expect(after > before + 0.2)
    }

    @Test("Energy at hours at which a station never gave any is an irregular profile")
    func profile() {
        var night = history
        let day = 110 * 24
        let energies = night.hourlyKilowattHours[day..<day + 24].filter { $0 > 0 }
        for hour in 0..<24 {
            night.hourlyKilowattHours[day + hour] = hour < energies.count ? energies[hour] : 0
        }
        let usual = StationFixture.judge(history, day: 110).evidence
        let moved = StationFixture.judge(night, day: 110).evidence
        #expect(moved.profile > usual.profile + 0.3)
        #expect(abs(moved.level - usual.level) < 1e-6)
    }

    @Test("Faults put into generated stations are found as in the evaluation")
    func seeded() {
        let parts = (1...5 as ClosedRange<UInt64>).map { station in
            let history = StationFixture.history(days: 180, seed: station) { $0 % 7 != 3 || $0 % 2 == 0 }
            return StationEvaluation.judge(history, seed: station)
        }
        let quality = StationEvaluation.Days(parts).quality
        #expect(quality.positives > 25)
        #expect(quality.areaUnderCurve >= 0.5)
        #expect(quality.harmonicMean >= 0.5)
        #expect(quality.falseAlarmRate <= 0.03)
    }
}
