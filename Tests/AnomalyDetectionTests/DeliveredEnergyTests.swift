import AnomalyDetection
import Testing

@Suite("Delivered energy")
struct DeliveredEnergyTests {
    private let facts = SessionFacts(isCompleted: true)

    @Test("It is the sum of the rises; a fall counts nothing")
    func rises() {
        #expect(abs(delivered(register([100, 101, 103])) - 3) < 1e-9)
        #expect(abs(delivered(register([100, 102, 99, 100, 101])) - 4) < 1e-9)
        #expect(delivered(register([100])) == 0)
        #expect(delivered(power([11, 11, 11])) == 0)
    }

    @Test("The way back up after a pit counts as far as it exceeds the value before")
    func pit() {
        #expect(abs(delivered(register([100, 100.2, 90.2, 90.4, 100.8, 101])) - 1) < 1e-9)
    }

    @Test("A lasting spike counts nothing, the readings of a passing one are left out")
    func spike() {
        #expect(abs(delivered(register([100, 101, 201, 202])) - 2) < 1e-9)
        #expect(abs(delivered(register([100, 101, 201, 202, 104])) - 4) < 1e-9)
    }

    @Test("It agrees with the pipeline, total and rise by rise")
    func agreement() {
        let readings = register([100, 101, 90, 91, 102, 202, 103])
        let energy = DeliveredEnergy(readings: readings, facts: facts)
        #expect(abs(energy.totalKilowattHours - delivered(readings)) < 1e-12)
        #expect(energy.rises.allSatisfy { $0.kilowattHours > 0 && $0.startMilliseconds < $0.endMilliseconds })
    }

    @Test("A rise is spread evenly across hours and days")
    func spread() {
        let midnight: Int64 = 1_750_032_000_000
        let readings = [-90, 30, 60].map { minutes in
            Reading(
                timestampMilliseconds: midnight + Int64(minutes) * 60_000, value: Double(minutes) / 60 * 4 + 100,
                unit: .kilowattHour)
        }
        var hours: [Int64: Double] = [:]
        DeliveredEnergy(readings: readings, facts: facts).spread { hours[$0, default: 0] += $1 }
        #expect(hours.count == 3)
        let expected: [(Int64, Double)] = [(-2, 2), (-1, 4), (0, 4)]
        for (hour, energy) in expected {
            #expect(abs((hours[midnight + hour * 3_600_000] ?? 0) - energy) < 1e-9)
        }
    }

    @Test("Nothing is lost in spreading")
    func conservation() {
        let readings = register(at: [(0, 100), (3.3, 101), (500, 133), (501, 133), (2000, 140)])
        let energy = DeliveredEnergy(readings: readings.reversed(), facts: facts)
        var sum = 0.0
        energy.spread { _, kilowattHours in sum += kilowattHours }
        #expect(abs(sum - 40) < 1e-9)
        #expect(abs(energy.totalKilowattHours - 40) < 1e-9)
    }
}
