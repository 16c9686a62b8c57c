import AnomalyDetection
import Testing

@Suite("ENERGY_SPIKE, ENERGY_NEGATIVE and ZERO_ENERGY")
struct RegisterLevelTests {
    @Test("Without a rating a spike exceeds 1 kWh and what 400 kW give in the time and one minute more")
    func unratedSpike() {
        let limit = 1 + 400 * 2.0 / 60
        #expect(found(register([100, 100.1, 100.1 + limit + 0.001, 100.2 + limit + 0.001])) == [.energySpike])
        #expect(found(register([100, 100.1, 100.1 + limit - 0.001, 100.2 + limit - 0.001])).isEmpty)
    }

    @Test("The power without a rating is configurable")
    func configuredSpike() {
        var configuration = DetectionConfiguration()
        configuration.installation.greatestPowerUnrated = 60
        #expect(found(register([100, 100.1, 103.2, 103.3]), configuration: configuration) == [.energySpike])
        #expect(found(register([100, 100.1, 103.0, 103.1]), configuration: configuration).isEmpty)
    }

    @Test("With a rating a spike exceeds 1 kWh and what 1.15 times it gives in the time and 15 minutes more")
    func ratedSpike() {
        let limit = 1 + 22 * 1.15 * 16.0 / 60
        #expect(found(register([100, 100.1, 100.101 + limit, 100.2 + limit]), rating: 22) == [.energySpike])
        #expect(found(register([100, 100.1, 100.099 + limit, 100.1 + limit]), rating: 22).isEmpty)
    }

    @Test("With a rating any two readings are compared")
    func ratedSpikeOverTime() {
        let steady = (0..<40).map { 100 + Double($0) }
        #expect(found(register(steady), rating: 22) == [.energySpike])
        #expect(found(register(steady), rating: 55).isEmpty)
        #expect(found(register(steady)).isEmpty)
    }

    @Test("Coming back down from a spike is no decrease, and the readings in between are left out")
    func spikeAndBack() {
        let values = [100, 100.5, 101, 151, 151.5, 102.5, 103]
        #expect(found(register(values)) == [.energySpike])
        #expect(abs(delivered(register(values)) - 3) < 1e-9)
        let twice = [100, 100.5, 151, 101.5, 152, 102.5, 103]
        #expect(found(register(twice)) == [.energySpike])
        #expect(abs(delivered(register(twice)) - 3) < 1e-9)
    }

    @Test("Coming back below the value before is a decrease too; not coming back is not")
    func spikeAndBelow() {
        #expect(found(register([100, 100.5, 151, 99, 99.5])) == [.energySpike, .registerDecrease])
        #expect(found(register([100, 100.5, 151, 151.5, 152])) == [.energySpike])
        #expect(found(register([100, 100.5, 151, 131, 131.5])) == [.energySpike, .registerDecrease])
    }

    @Test("A register refreshed every quarter of an hour is no spike")
    func lateRefresh() {
        let refreshed = (0..<60).map { 100 + Double($0 / 15) * 25 }
        #expect(found(register(refreshed) + power([Double](repeating: 100, count: 60))).isEmpty)
        #expect(found(register(refreshed), rating: 110).isEmpty)
        #expect(found(register(refreshed)).isEmpty)
        let spike = refreshed.enumerated().map { $0.offset >= 30 ? $0.element + 60 : $0.element }
        #expect(found(register(spike) + power([Double](repeating: 100, count: 60))).contains(.energySpike))
    }

    @Test(
        "Registers below zero by more than 0.02 kWh are negative",
        arguments: [
            (Measurand.energyActiveImportRegister, -0.021, true), (.energyActiveImportRegister, -0.02, false),
            (.energyActiveExportRegister, -0.021, true), (.energyActiveExportRegister, -0.001, false),
            (.energyActiveNet, -5, false), (.energyActiveImportInterval, -5, false),
        ])
    func negative(_ measurand: Measurand, _ value: Double, _ isFound: Bool) {
        let readings = series(measurand, [value, 0.5, 1], unit: .kilowattHour) + power([1, 1, 1])
        #expect(found(readings).contains(.energyNegative) == isFound)
        let small = series(measurand, [value * 1000, 500, 1000], unit: .wattHour) + power([1, 1, 1])
        #expect(found(small).contains(.energyNegative) == isFound)
    }

    @Test("A completed session that moved less than 0.05 kWh in 10 minutes or longer moved nothing")
    func zero() {
        #expect(found(register([100, 100, 100.04], every: 5), isCompleted: true) == [.zeroEnergy])
        #expect(found(register([100, 100, 100.05], every: 5), isCompleted: true).isEmpty)
        #expect(found(register([100, 100, 100], every: 4.99), isCompleted: true).isEmpty)
        #expect(found(register([100, 100, 100], every: 5)).isEmpty)
    }

    @Test("What explains a session that moves nothing")
    func explainedZero() {
        let idle = register([100, 100, 100], every: 10)
        #expect(found(idle + stateOfCharge([94, 95, 95], every: 10), isCompleted: true).isEmpty)
        #expect(found(idle + stateOfCharge([94, 94, 94], every: 10), isCompleted: true) == [.zeroEnergy])
        for measurand in [Measurand.powerOffered, .currentOffered] {
            #expect(found(idle + series(measurand, [0, 0, 0], every: 10), isCompleted: true).isEmpty)
            #expect(found(idle + series(measurand, [0, 6, 0], every: 10), isCompleted: true) == [.zeroEnergy])
        }
        let export = series(.energyActiveExportRegister, [5, 5.1, 5.2], unit: .kilowattHour, every: 10)
        #expect(found(idle + export, isCompleted: true).isEmpty)
        let exportPower = series(.powerActiveExport, [3, 3, 3], unit: .kilowatt, every: 10)
        #expect(found(idle + exportPower, isCompleted: true).isEmpty)
    }

    @Test("A session without a register is not judged by it")
    func noRegister() {
        #expect(found(power([0, 0, 0], every: 10), isCompleted: true).isEmpty)
        let interval = series(.energyActiveImportInterval, [5], unit: .kilowattHour, from: 30)
        #expect(found(register(at: [(0, 100), (30, 105)]) + interval, isCompleted: true).isEmpty)
        #expect(found(register([100]) + interval + power([5]), isCompleted: true).isEmpty)
    }
}
