import AnomalyDetection
import Testing

@Suite("KWH_DECREASE and ENERGY_PIT")
struct RegisterFallTests {
    @Test(
        "A fall is found when it exceeds 0.02 kWh",
        arguments: [(0.0201, true), (0.02, false), (0.005, false), (5, true)])
    func threshold(_ fall: Double, _ isFound: Bool) {
        let values = [100.055, 100.155, 100.155 - fall, 100.255 - fall, 100.355 - fall]
        #expect(found(register(values)) == (isFound ? [.registerDecrease] : []))
    }

    @Test("The unit sent does not matter")
    func units() {
        let values: [Double] = [100_055, 100_155, 100_134, 100_234]
        #expect(found(series(.energyActiveImportRegister, values)) == [.registerDecrease])
        #expect(found(series(.energyActiveImportRegister, values, unit: .wattHour)) == [.registerDecrease])
        let small: [Double] = [100_055, 100_155, 100_135, 100_234]
        #expect(found(series(.energyActiveImportRegister, small)).isEmpty)
    }

    @Test("A fall to the earlier value cut or rounded to tenths is rounding")
    func rounding() {
        #expect(found(register([12.1, 12.37, 12.3, 12.5, 12.8])).isEmpty)
        #expect(found(register([12.1, 12.34, 12.3, 12.5, 12.8])).isEmpty)
        #expect(found(register([12.1, 12.399, 12.3, 12.5, 12.8])).isEmpty)
        #expect(found(register([12.1, 12.37, 12.31, 12.5, 12.8])) != [])
        #expect(found(register([12.1, 12.37, 12.2, 12.3, 12.4])) != [])
    }

    @Test("Charging on from the lower level is a decrease, however far it leads")
    func decreaseWithoutJump() {
        let values = [100.0, 101, 102, 98, 99, 100, 101, 102, 103, 104, 105]
        #expect(found(register(values, every: 5)) == [.registerDecrease])
        let steady = [Double](repeating: 12, count: values.count)
        #expect(found(register(values, every: 5) + power(steady, every: 5)).contains(.registerDecrease))
    }

    @Test("Regaining the earlier value by a jump is a pit")
    func pit() {
        #expect(found(register([100, 100.2, 100.4, 95.4, 95.6, 101, 101.2])) == [.energyPit])
        let powers = [Double](repeating: 12, count: 7)
        #expect(found(register([100, 100.2, 100.4, 95.4, 95.6, 101, 101.2]) + power(powers)) == [.energyPit])
    }

    @Test("A jump exceeds what charging explains by half the fall or more")
    func jumpShare() {
        // At 12 kW a minute gives 0.2 kWh; the fall is 1 kWh.
        let powers = [Double](repeating: 12, count: 8)
        let below = [100, 100.2, 99.2, 99.4, 99.551, 100.25, 100.45, 100.65]
        #expect(found(register(below) + power(powers)) == [.registerDecrease])
        let above = [100, 100.2, 99.2, 99.4, 99.5, 100.201, 100.4, 100.6]
        #expect(found(register(above) + power(powers)) == [.energyPit])
    }

    @Test("Without power readings the pace of the other rises tells a jump")
    func paceWithoutPower() {
        #expect(found(register([100, 103, 106, 105, 108, 111], every: 15)) == [.registerDecrease])
        #expect(found(register([100, 103, 106, 96, 99, 110], every: 15)) == [.energyPit])
        #expect(found(register([100, 99, 103], every: 30)) == [.registerDecrease])
    }

    @Test("Several pits are pits")
    func severalPits() {
        #expect(found(register([100, 100.2, 90, 100.6, 100.8, 90, 101.2, 101.4])) == [.energyPit])
    }

    @Test("Only phases: their sum counts, and only where all phases were read")
    func phases() {
        var readings = register([30, 31, 32, 33], phase: .l1) + register([40, 41, 42, 43], phase: .l2)
        let third = register([50, 51, 52, 53], phase: .l3)
        #expect(found(readings + third).isEmpty)
        #expect(found(readings + third.filter { $0.timestampMilliseconds != moment(2) }).isEmpty)
        #expect(found(readings + register([50, 51, 40, 41], phase: .l3)) == [.registerDecrease])
        readings += register([50, 51, 60, 61], phase: .l3)
        #expect(found(readings).isEmpty)
    }

    @Test("Falls of a series that is not read are not found")
    func otherSeries() {
        let outlet = register([100, 101, 102])
        #expect(found(outlet + register([90, 80, 70], location: .inlet)).isEmpty)
        #expect(found(outlet + register([90, 80, 70], phase: .l1)).isEmpty)
        #expect(found(register([90, 80, 70], location: .inlet)) == [.registerDecrease])
        let most = register([1, 2, 3], location: .body) + register([90, 80, 70, 60], location: .inlet)
        #expect(found(most) == [.registerDecrease])
    }

    @Test("The stretch runs from the reading before the fall to the one after it")
    func stretch() throws {
        let finding = try #require(verdict(register([100, 101, 102, 98, 99])).findings.first)
        #expect(finding.startMilliseconds == moment(2))
        #expect(finding.endMilliseconds == moment(3))
        #expect(finding.startUnit == 2)
        #expect(finding.endUnit == 3)
    }
}
