import AnomalyDetection
import Testing

@Suite("SOC_DECREASE, SOC_JUMP and SOC_OUT_OF_RANGE")
struct StateOfChargeTests {
    /// Twenty minutes at a constant power with the state of charge given.
    private func charged(_ values: [Double], kilowatts: Double = 60) -> [Reading] {
        register(registerOf([Double](repeating: kilowatts, count: values.count))) + stateOfCharge(values)
    }

    @Test("A fall of 3 points while charging is found")
    func decrease() {
        #expect(found(charged([40, 42, 44, 41, 43, 45])) == [.stateOfChargeDecrease])
        #expect(found(charged([40, 42, 44, 41.1, 43, 45])).isEmpty)
        #expect(found(charged([40, 42, 44, 41, 43, 45], kilowatts: 29)).isEmpty)
        #expect(found(charged([40, 42, 44, 41, 41, 42], kilowatts: 29)) == [.stateOfChargeDecrease])
    }

    @Test("The fall counts at 7 kW or more on average")
    func decreasePower() {
        let values = [40.0, 40, 36, 36, 36, 36, 36]
        let at7 = register(registerOf([Double](repeating: 7, count: 7), every: 5), every: 5)
        #expect(found(at7 + stateOfCharge(values, every: 5)) == [.stateOfChargeDecrease])
        let below = register(registerOf([Double](repeating: 6.9, count: 7), every: 5), every: 5)
        #expect(found(below + stateOfCharge(values, every: 5)).isEmpty)
    }

    @Test("Energy fed back explains a fall")
    func export() {
        let readings = charged([40, 42, 44, 41, 43, 45])
        let fed = series(.energyActiveExportRegister, [1, 1, 1, 2, 2, 2], unit: .kilowattHour)
        #expect(found(readings + fed).isEmpty)
        let idle = series(.energyActiveExportRegister, [1, 1, 1, 1, 1, 1], unit: .kilowattHour)
        #expect(found(readings + idle) == [.stateOfChargeDecrease])
        let later = series(.energyActiveExportRegister, [1, 1, 1, 1, 1, 2], unit: .kilowattHour)
        #expect(found(readings + later) == [.stateOfChargeDecrease])
        #expect(found(readings + series(.powerActiveExport, [0, 0, 0, 5, 0, 0])).isEmpty)
    }

    @Test("A rise of more than 15 points beyond what the energy explains is a jump")
    func jump() {
        // 10 kWh for 60 points: each point takes 1/6 kWh, a minute at 60 kW explains 6.
        func jumped(_ step: Double) -> [Reading] {
            let slow = (60 - step) / 9
            let values = (0...10).map { 10 + Double($0) * slow + ($0 >= 5 ? step - slow : 0) }
            return charged(values)
        }
        #expect(found(jumped(21.1)) == [.stateOfChargeJump])
        #expect(found(jumped(20.9)).isEmpty)
    }

    @Test("A point takes 0.04 kWh at least")
    func jumpOfSmallBattery() {
        let powers = [Double](repeating: 1.2, count: 7)
        let values = [10.0, 10, 10, 27, 27, 27, 27]
        // 0.06 kWh since the start explain 1.5 points at 0.04 kWh.
        #expect(found(register(registerOf(powers)) + stateOfCharge(values)) == [.stateOfChargeJump])
        let less = [10.0, 10, 10, 26, 26, 26, 26]
        #expect(found(register(registerOf(powers)) + stateOfCharge(less)).isEmpty)
    }

    @Test("The energy since the last change explains a jump after a hole")
    func jumpAfterHole() {
        let powers = [Double](repeating: 60, count: 61)
        let known = stateOfCharge([10, 11, 12]) + stateOfCharge([70, 71, 72], from: 58)
        #expect(found(register(registerOf(powers)) + known).isEmpty)
        let still = stateOfCharge((0..<61).map { $0 < 40 ? 10 : 50 })
        #expect(found(register(registerOf(powers)) + still).isEmpty)
    }

    @Test("Zeros next to a state of charge above 5 mean unknown")
    func unknown() {
        #expect(found(charged([40, 0, 41, 42, 43, 44])).isEmpty)
        #expect(found(charged([0, 0, 0, 42, 43, 44])).isEmpty)
        #expect(found(charged([40, 41, 42, 43, 0, 0])).isEmpty)
        #expect(found(charged([0, 1, 2, 3, 4, 5])).isEmpty)
        #expect(found(charged([4, 0, 0, 4, 5, 6])) == [.stateOfChargeDecrease])
    }

    @Test(
        "A state of charge outside 0 to 100 is found",
        arguments: [(-0.1, true), (0, false), (100, false), (100.1, true)])
    func range(_ value: Double, _ isFound: Bool) {
        #expect(found(stateOfCharge([value, value, value])).contains(.stateOfChargeOutOfRange) == isFound)
    }

    @Test("Without a register the state of charge is judged by its range alone")
    func withoutRegister() {
        #expect(found(stateOfCharge([40, 80, 20, 60])).isEmpty)
        #expect(found(stateOfCharge([40, 130, 20, 60])) == [.stateOfChargeOutOfRange])
    }

    @Test("Holes of the series are filled in from the energy")
    func reconstruction() {
        let full = (0..<20).map { 40 + Double($0) }
        #expect(!verdict(charged(full)).isStateOfChargeReconstructed)
        let holed = charged(full).filter { reading in
            reading.measurand != .stateOfCharge || !(moment(5)...moment(9)).contains(reading.timestampMilliseconds)
        }
        #expect(verdict(holed).isStateOfChargeReconstructed)
        let filled = verdict(holed).filledStateOfCharge
        #expect(filled.map(\.timestampMilliseconds) == (5...9).map { moment(Double($0)) })
        #expect(zip(filled, full[5...9]).allSatisfy { abs($0.percent - $1) < 1e-6 })
        let cutShort = charged(full).filter { $0.measurand != .stateOfCharge || $0.timestampMilliseconds < moment(12) }
        #expect(zip(verdict(cutShort).filledStateOfCharge, full[13...]).allSatisfy { abs($0.percent - $1) < 1e-6 })
        #expect(verdict(cutShort).filledStateOfCharge.count == 7)
        let unknown = full.enumerated().map { $0.offset == 7 ? 0 : $0.element }
        #expect(verdict(charged(unknown)).isStateOfChargeReconstructed)
        let rare =
            register(registerOf([Double](repeating: 60, count: 21)))
            + stateOfCharge([40, 50, 60, 70, 80], every: 5)
        #expect(!verdict(rare).isStateOfChargeReconstructed)
        #expect(!verdict(constantCharge(60, count: 20)).isStateOfChargeReconstructed)
    }
}
