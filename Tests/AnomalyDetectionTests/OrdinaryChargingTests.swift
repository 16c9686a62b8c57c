import AnomalyDetection
import Testing

@Suite("Ordinary charging is never an anomaly")
struct OrdinaryChargingTests {
    /// Registers, powers and states of charge of a session with these powers.
    private func session(_ powers: [Double], every minutes: Double, step: Double = 0, battery: Double = 60) -> [Reading]
    {
        let values = registerOf(powers, every: minutes, step: step)
        let charge = values.map { (30 + ($0 - values[0]) / battery * 100).rounded(.down) }
        return register(values, every: minutes) + power(powers, every: minutes) + stateOfCharge(charge, every: minutes)
    }

    @Test("Ramps and the taper towards a full battery", arguments: [1.0, 2, 5])
    func rampAndTaper(_ minutes: Double) {
        let powers = (0..<40).map { index -> Double in
            let time = Double(index) * minutes
            return time < 3 ? 40 * time : time < 15 ? 120 : max(3, 120 - (time - 15) * 5)
        }
        #expect(found(session(powers, every: minutes, battery: 400), isCompleted: true, rating: 150).isEmpty)
        #expect(found(session(powers, every: minutes, battery: 400), isCompleted: true).isEmpty)
    }

    @Test("Power lowered, paused and restored, however often", arguments: [1, 2, 3, 5, 10])
    func loadManagement(_ length: Int) {
        let levels: [Double] = [22, 0, 11, 0, 6, 22, 0, 4.1, 1.4, 0]
        let powers = (0..<120).map { levels[$0 / length % levels.count] }
        #expect(found(session(powers, every: 1), isCompleted: true, rating: 22).isEmpty)
        #expect(found(session(powers, every: 5, battery: 400), isCompleted: true, rating: 22).isEmpty)
    }

    @Test("A change between one and three phases")
    func phaseSwitching() {
        var readings: [Reading] = []
        let conductors = [Phase.l1, .l2, .l3]
        var powers: [Double] = []
        for index in 0..<60 {
            let phases = index / 7 % 2 == 0 ? 3 : 1
            powers.append(3.68 * Double(phases))
            for (number, phase) in conductors.enumerated() {
                readings += series(.currentImport, [number < phases ? 16 : 0], from: Double(index), phase: phase)
                readings += series(.voltage, [230], from: Double(index), phase: phase)
            }
        }
        #expect(found(readings + session(powers, every: 1), isCompleted: true, rating: 11).isEmpty)
        let sparse = readings.filter { $0.measurand != .currentImport || $0.value > 0 }
        #expect(found(sparse + session(powers, every: 1), isCompleted: true, rating: 11).isEmpty)
    }

    @Test("Waiting plugged in, before and after")
    func waiting() {
        let powers =
            [Double](repeating: 0, count: 50) + [Double](repeating: 11, count: 40)
            + [Double](repeating: 0, count: 90)
        #expect(found(session(powers, every: 5), isCompleted: true, rating: 11).isEmpty)
        let waits = register(at: [(0, 100), (180, 122), (900, 122)])
        #expect(found(waits, isCompleted: true).isEmpty)
    }

    @Test("The low power of plug-in hybrids, a cabin heated while plugged in")
    func lowPower() {
        let hybrid = [Double](repeating: 2.3, count: 40) + [1.2, 0.6, 0.3, 0]
        #expect(found(session(hybrid, every: 5, battery: 12), isCompleted: true, rating: 22).isEmpty)
        let heated = (0..<120).map { $0 < 40 ? 11 : $0 % 9 < 3 ? 1.8 : 0 }
        let values = registerOf(heated, every: 5)
        let charge = values.indices.map { $0 < 40 ? 40 + Double($0) : 79 - Double($0 - 40) / 10 }
        let readings = register(values, every: 5) + power(heated, every: 5) + stateOfCharge(charge, every: 5)
        #expect(found(readings, isCompleted: true, rating: 11).isEmpty)
    }

    @Test("Pauses and peaks between two readings")
    func unseen() {
        // Fast charging without readings while paused: on both sides power flows.
        let paused = constantCharge(66, count: 15, every: 2)
        let moved = constantCharge(60, count: 15, every: 2).map { reading in
            var reading = reading
            reading.timestampMilliseconds = reading.timestampMilliseconds + moment(38) - moment(0)
            if reading.measurand == .energyActiveImportRegister { reading.value += 66 * 28 / 60 }
            return reading
        }
        #expect(found(paused + moved, isCompleted: true).isEmpty)
        // A session that ramps up and tapers between two samples.
        let values = register([1000, 1030, 1034, 1036, 1037, 1037.4, 1037.6, 1037.6], every: 15)
        #expect(found(values + power([0, 22, 11, 5, 2, 1, 0.3, 0], every: 15), rating: 150).isEmpty)
        // Paused now and then between samples that all show power.
        let full = [Double](repeating: 11, count: 24)
        var energy = 1000.0
        let samples = (0..<24).map { index -> Double in
            defer { energy += index % 6 == 4 ? 0.6 : 2.75 }
            return energy
        }
        #expect(found(register(samples, every: 15) + power(full, every: 15), rating: 11).isEmpty)
    }

    @Test("A session that is seen to pause often may pause unseen too", arguments: [5.0, 10, 15])
    func frequentPauses(_ minutes: Double) {
        // Charging at 11 kW for half of the time; some pauses are read, most lie between two readings.
        let powers = (0..<24).map { [11.0, 11, 0, 11][$0 % 4] }
        let halves = powers.indices.map { 1000 + Double($0) * 5.5 * minutes / 60 }
        #expect(found(register(halves, every: minutes) + power(powers, every: minutes)).isEmpty)
        let all = [Double](repeating: 11, count: 24)
        let unpaused = found(register(halves, every: minutes) + power(all, every: minutes))
        #expect(unpaused == [.powerEnergyMismatch])
    }

    @Test("A register that has not been refreshed yet, while the session goes on", arguments: [4, 9, 14])
    func firstRefresh(_ minutes: Int) {
        let readings =
            register([Double](repeating: 5000, count: minutes)) + power([Double](repeating: 50, count: minutes))
            + stateOfCharge((0..<minutes).map { 20 + Double($0) })
        #expect(found(readings).isEmpty)
        let long = register([Double](repeating: 5000, count: 30)) + power([Double](repeating: 50, count: 30))
        #expect(!found(long).isEmpty)
    }

    @Test("Waiting long before charging with a register refreshed late")
    func waitingWithLateRegister() {
        let powers = (0..<90).map { $0 < 47 ? 0.0 : 150 }
        let real = registerOf(powers)
        let refreshed = powers.indices.map { real[$0 / 15 * 15] }
        #expect(found(register(refreshed) + power(powers), isCompleted: true).isEmpty)
        let charge = real.map { 8 + ($0 - 1000) / 1.2 }
        #expect(found(register(refreshed) + stateOfCharge(charge), isCompleted: true).isEmpty)
    }

    @Test("Pauses without readings")
    func silentPause() {
        let first = constantCharge(11, count: 10, every: 5)
        let second = register([1010, 1010.9, 1011.8], from: 300, every: 5) + power([11, 11, 11], from: 300, every: 5)
        #expect(found(first + second, isCompleted: true).isEmpty)
        let resumed = register([1008.8, 1009.7], from: 300, every: 5) + power([11, 11], from: 300, every: 5)
        #expect(found(first + resumed, isCompleted: true).isEmpty)
    }

    @Test("Energy fed back to the grid, the state of charge falling with it")
    func feedingBack() {
        let steps = 0..<60
        let imported = steps.map { 1000 + ($0 < 30 ? 0 : Double($0 - 30) * 10 / 12) }
        let exported = steps.map { 50 + Double(min($0, 30)) * 10 / 12 }
        let charge = steps.map { 80 - Double(min($0, 30)) * 1.4 + Double(max(0, $0 - 30)) * 1.4 }
        let readings =
            register(imported, every: 5) + stateOfCharge(charge, every: 5)
            + series(.energyActiveExportRegister, exported, unit: .kilowattHour, every: 5)
            + power(steps.map { $0 < 30 ? 0 : 10 }, every: 5)
            + series(.powerActiveExport, steps.map { $0 < 30 ? 10 : 0 }, unit: .kilowatt, every: 5)
        #expect(found(readings, isCompleted: true, rating: 11).isEmpty)
        let negative =
            readings.filter { $0.measurand != .powerActiveExport && $0.measurand != .powerActiveImport }
            + power(steps.map { $0 < 30 ? -10 : 10 }, every: 5)
        #expect(found(negative, isCompleted: true, rating: 11).isEmpty)
    }

    @Test("Registers in steps of 0.1 kWh", arguments: [1.0, 1.6, 3.7, 11, 50])
    func coarseRegister(_ kilowatts: Double) {
        for minutes in [0.5, 1, 5, 15] {
            let powers = [Double](repeating: kilowatts, count: 60)
            let readings =
                register(registerOf(powers, every: minutes, step: 0.1), every: minutes)
                + power(powers, every: minutes)
            #expect(found(readings, isCompleted: true, rating: 50).isEmpty)
            #expect(found(readings, isCompleted: true).isEmpty)
        }
    }

    @Test("Registers refreshed every 15 minutes while power changes", arguments: [1.0, 2, 5, 10])
    func refreshedRegister(_ minutes: Double) {
        for levels: [Double] in [[11, 0], [22, 6, 0, 11], [50, 50, 30, 0], [7, 3, 1]] {
            let real = registerOf((0..<240).map { levels[$0 / 37 % levels.count] })
            let moments = stride(from: 0, to: 240, by: Int(minutes))
            let powers = moments.map { levels[$0 / 37 % levels.count] }
            let readings = moments.map { real[$0 / 15 * 15] }
            let session = register(readings, every: minutes) + power(powers, every: minutes)
            #expect(found(session, isCompleted: true, rating: 50).isEmpty, "\(levels)")
            #expect(found(session, isCompleted: true).isEmpty, "\(levels) \(verdict(session).findings)")
        }
    }

    @Test("Three readings a session, as importers of old records make them")
    func threeReadings() {
        let interval = series(.energyActiveImportInterval, [12.3], unit: .kilowattHour, from: 40)
        #expect(found(register(at: [(0, 100), (40, 112.3)]) + interval, isCompleted: true).isEmpty)
        #expect(found(register(at: [(0, 100), (40, 99.999)]) + interval, isCompleted: false).isEmpty)
    }
}
