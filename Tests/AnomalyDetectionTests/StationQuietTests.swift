import AnomalyDetection
import Testing

@Suite("Station detector: what is no fault")
struct StationQuietTests {
    @Test("Days that are idle as usual are quiet: Sundays, and holidays of a station that closes at times")
    func idle() {
        let sundays = StationFixture.history(days: 140, seed: 3) { $0 % 7 != 6 }
        for day in stride(from: 118, to: 140, by: 7) { #expect(!StationFixture.judge(sundays, day: day).isAnomalous) }
        let weekends = StationFixture.history(days: 140, seed: 4) { $0 % 7 < 5 }
        for day in 119..<140 where day % 7 > 4 { #expect(!StationFixture.judge(weekends, day: day).isAnomalous) }
        let gone = StationFixture.scaled(weekends, days: 127..<129, by: 0)
        #expect(StationFixture.judge(gone, day: 128).isAnomalous)
        let rare = StationFixture.history(days: 200, seed: 5, sessions: 1...2) { ($0 * 7919) % 10 < 3 }
        for day in 170..<200 { #expect(StationFixture.judge(rare, day: day).kind != .zeroEnergy) }
    }

    @Test("A short history says little, but what to expect")
    func short() {
        let history = StationFixture.history(days: 4, seed: 9)
        for factor in [0, 0.2, 3] as [Float] {
            let changed = StationFixture.scaled(history, days: 3..<4, by: factor)
            let verdict = StationFixture.judge(changed, day: 3)
            #expect(!verdict.isAnomalous)
            #expect(verdict.confidence < 0.3)
            #expect(verdict.expectedKilowattHours ?? 0 > 0)
        }
        let none = StationFixture.judge(history, day: 0)
        #expect(none.score == 0)
        #expect(none.expectedKilowattHours == nil)
    }

    @Test("Few days of a steady station are anomalous")
    func falseAlarms() {
        var flagged = 0
        for seed in 20..<23 as Range<UInt64> {
            let history = StationFixture.history(days: 160, seed: seed)
            flagged += (80..<160).count { StationFixture.judge(history, day: $0).isAnomalous }
        }
        #expect(flagged <= 240 * 3 / 100)
    }

    @Test("Clocks that change shift a day's hours by one, and nothing is seen in that")
    func clocks() {
        var history = StationFixture.history(days: 130, seed: 11)
        let change = 120 * 24
        history.hourlyKilowattHours.insert(0, at: change)
        history.hourlyKilowattHours.removeLast()
        let anomalous = (120..<130).count { StationFixture.judge(history, day: $0).isAnomalous }
        #expect(anomalous <= 1)
    }

    @Test("After a closure of weeks a usual day is quiet, and a closure is no news for ever")
    func closure() {
        let history = StationFixture.history(days: 160, seed: 13) { !(100..<140 ~= $0) }
        #expect(StationFixture.judge(history, day: 102).isAnomalous)
        for day in stride(from: 108, to: 140, by: 4) { #expect(!StationFixture.judge(history, day: day).isAnomalous) }
        #expect(StationFixture.judge(history, day: 140).kind != .energyDrop)
        #expect((140..<150).count { StationFixture.judge(history, day: $0).isAnomalous } <= 3)
    }
}
