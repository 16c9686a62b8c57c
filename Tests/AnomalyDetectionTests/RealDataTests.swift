import AnomalyDetection
import Testing

@Suite("Recorded sessions", .enabled(if: RecordedSessions.folder("perth") != nil, "no records beside the repository"))
struct RealDataTests {
    private static let perth = PerthSessions.load()
    private static let boulder = BoulderSessions.load()
    private let completed = SessionFacts(isCompleted: true)

    private func categories(_ readings: [Reading]) -> Set<AnomalyCategory> {
        Set(SessionPipeline.analyze(readings, facts: completed).findings.map(\.category))
    }

    @Test("The dates of Perth are repaired: every start lies in the window of its file")
    func repairedDates() {
        #expect(Self.perth.count > 60_000)
        #expect(PerthSessions.startsLieInWindows())
    }

    @Test("Few sessions are flagged besides those that moved nothing", arguments: ["perth", "boulder"])
    func falseAlarms(_ name: String) {
        let sessions = name == "perth" ? Self.perth : Self.boulder
        var flagged = 0
        var idle = 0
        for session in sessions {
            let found = categories(session.readings)
            if found == [.zeroEnergy] {
                idle += 1
                #expect(abs(session.energy) < 0.05 && session.minutes >= 10)
            } else if !found.isEmpty {
                flagged += 1
            }
        }
        #expect(sessions.count > 20_000)
        #expect(Double(flagged) <= 0.001 * Double(sessions.count), "\(flagged) of \(sessions.count)")
        #expect(idle > 0)
        #expect(Double(flagged + idle) <= 0.12 * Double(sessions.count), "\(idle) idle")
    }

    @Test("The faults in the record of Perth are found, in any size and at any time", arguments: [0.25, 0.5, 1, 2, 4])
    func naturalFaults(_ factor: Double) throws {
        let lowest = try #require(Self.perth.min { $0.energy < $1.energy })
        let fastest = try #require(
            Self.perth.filter { $0.energy > 20 }.max { $0.energy / $0.minutes < $1.energy / $1.minutes })
        let implausible = try #require(Self.perth.filter { $0.minutes < 10 }.max { $0.energy < $1.energy })
        for days: Int64 in [0, 1, 365, -700, 2500] {
            #expect(categories(lowest.changed(factor: factor, days: days)).contains(.registerDecrease))
            #expect(categories(fastest.changed(factor: factor, days: days)).contains(.energySpike))
            #expect(categories(implausible.changed(factor: factor, days: days)).contains(.energySpike))
        }
    }

    @Test("An energy a thousandth below zero is rounding")
    func rounding() {
        let sessions = Self.perth.filter { $0.energy < 0 && $0.energy > -0.01 }
        #expect(!sessions.isEmpty)
        for session in sessions {
            for factor in [1.0, 2, 4] {
                let found = categories(session.changed(factor: factor, days: 0))
                #expect(!found.contains(.registerDecrease) && !found.contains(.energyNegative))
            }
        }
    }

    @Test("Sessions of ordinary energy stay clean in any size")
    func scaledOrdinary() {
        for factor in [0.5, 2] {
            var flagged = 0
            for session in Self.perth where session.energy > 0.2 {
                if !categories(session.changed(factor: factor, days: 100)).isEmpty { flagged += 1 }
            }
            #expect(Double(flagged) <= 0.001 * Double(Self.perth.count), "\(flagged)")
        }
    }
}
