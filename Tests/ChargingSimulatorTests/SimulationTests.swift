import AnomalyDetection
import ChargingSimulator
import Testing

@Suite("The charging simulator")
struct SimulationTests {
    /// Midnight of a day in 2026.
    private let start: Int64 = 1_767_225_600_000

    @Test("The same seed gives the same sessions")
    func isDeterministic() {
        let first = Array(Simulation(seed: 7, startMilliseconds: start, days: 3))
        let second = Array(Simulation(seed: 7, startMilliseconds: start, days: 3))
        #expect(first.count > 10)
        #expect(first.map(\.identifier) == second.map(\.identifier))
        #expect(first.map(\.readings) == second.map(\.readings))
        #expect(first.map(\.faults) == second.map(\.faults))
        let other = Array(Simulation(seed: 8, startMilliseconds: start, days: 3))
        #expect(first.map(\.readings) != other.map(\.readings))
    }

    @Test("The generator gives known numbers")
    func knownNumbers() {
        var random = RandomSource(seed: 0)
        #expect(random.next() == 0xE220_A839_7B1D_CDAF)
        #expect(random.next() == 0x6E78_9E6A_A1B9_65F4)
    }

    @Test("Identifiers are unique, readings sorted, stations and connectors those of the simulation")
    func isConsistent() {
        let simulation = Simulation(seed: 11, startMilliseconds: start, days: 5, stationCount: 4)
        let sessions = Array(simulation)
        #expect(Set(sessions.map(\.identifier)).count == sessions.count)
        #expect(Set(sessions.map(\.station.identifier)).count == 4)
        for session in sessions {
            #expect(session.readings.count >= 3)
            let times = session.readings.map(\.timestampMilliseconds)
            #expect(times == times.sorted())
            #expect(session.readings.allSatisfy { $0.measurand.fits($0.unit) && $0.value.isFinite })
            #expect(session.station.connectors.contains { $0.identifier == session.connector.identifier })
            #expect(times[0] >= start && times[0] < start + 5 * 86_400_000)
        }
    }

    @Test("Sessions of one connector do not overlap, and its register never falls between them")
    func isPlausible() {
        var last: [String: (end: Int64, register: Double)] = [:]
        for session in Simulation(seed: 3, startMilliseconds: start, days: 10, faultShare: 0) {
            let key = session.station.identifier + "/" + session.connector.identifier
            let registers = session.readings.filter { $0.measurand == .energyActiveImportRegister && $0.phase == nil }
            guard let first = registers.first, let final = registers.last else { continue }
            if let earlier = last[key] {
                #expect(first.timestampMilliseconds > earlier.end)
                #expect(first.commonValue >= earlier.register - 0.2)
            }
            last[key] = (final.timestampMilliseconds, final.commonValue)
        }
        #expect(!last.isEmpty)
    }

    @Test("Every category can be put into a session, and its label lies within it", arguments: AnomalyCategory.allCases)
    func labels(_ category: AnomalyCategory) throws {
        for seed in UInt64(0)..<20 {
            let session = Simulation.single(seed: seed, startMilliseconds: start, fault: category)
            guard let fault = session.faults.first else {
                #expect(category == .stateOfChargeDecrease, "only this fault may find no place")
                continue
            }
            let first = try #require(session.readings.first?.timestampMilliseconds)
            let last = try #require(session.readings.last?.timestampMilliseconds)
            #expect(fault.category == category)
            #expect(fault.startMilliseconds >= first && fault.endMilliseconds <= last)
            #expect(fault.startMilliseconds <= fault.endMilliseconds)
        }
    }

    @Test("The share of faults is the one wanted")
    func faultShare() {
        let sessions = Array(Simulation(seed: 5, startMilliseconds: start, days: 60, faultShare: 0.2))
        let share = Double(sessions.count(where: { !$0.faults.isEmpty })) / Double(sessions.count)
        #expect(share > 0.15 && share < 0.25)
        let clean = Array(Simulation(seed: 5, startMilliseconds: start, days: 5, faultShare: 0))
        #expect(clean.allSatisfy { $0.faults.isEmpty })
    }
}
