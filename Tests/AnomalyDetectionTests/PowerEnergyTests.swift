import AnomalyDetection
import Testing

@Suite("ENERGY_PLATEAU, POWER_DROP and POWER_ENERGY_MISMATCH")
struct PowerEnergyTests {
    /// A register that stands still at some moments of a steady charge, and goes on from there.
    private func frozen(_ kilowatts: Double, count: Int, every minutes: Double, still: ClosedRange<Int>) -> [Reading] {
        var value = 1000.0
        var values: [Double] = []
        for index in 0..<count {
            if index > 0, !(index > still.lowerBound && index <= still.upperBound) { value += kilowatts * minutes / 60 }
            values.append(value)
        }
        let powers = [Double](repeating: kilowatts, count: count)
        return register(values, every: minutes) + power(powers, every: minutes)
    }

    @Test("A plateau spans 20 minutes or longer with three power readings or more")
    func plateauSpan() {
        // A tenth of the 20 minutes may move: 19 of them still are enough, 18 are not.
        #expect(found(frozen(3, count: 60, every: 1, still: 20...39)) == [.energyPlateau])
        #expect(found(frozen(3, count: 60, every: 1, still: 20...38)).isEmpty)
        #expect(found(frozen(3, count: 12, every: 10, still: 4...6)).contains(.energyPlateau))
        #expect(!found(frozen(3, count: 12, every: 20, still: 4...5)).contains(.energyPlateau))
        #expect(!found(frozen(3, count: 12, every: 21, still: 4...7)).contains(.energyPlateau))
    }

    @Test("A plateau needs 1 kW or more and half a kWh expected")
    func plateauPower() {
        #expect(found(frozen(1, count: 60, every: 1, still: 10...38)) == [.energyPlateau])
        #expect(found(frozen(1, count: 60, every: 1, still: 10...37)).isEmpty)
        #expect(found(frozen(0.99, count: 90, every: 1, still: 10...60)).isEmpty)
    }

    @Test("The register stands still when it moves by less than a tenth")
    func plateauShare() {
        let powers = [Double](repeating: 6, count: 21)
        for (share, isFound) in [(0.099, true), (0.101, false)] {
            let readings = register(registerOf(powers, share: share)) + power(powers)
            #expect(found(readings).contains(.energyPlateau) == isFound)
        }
    }

    @Test("A lost power reading is found when energy goes on at half the power before")
    func drop() {
        let powers = [11, 11, 11] + [Double](repeating: 1.09, count: 6) + [11, 11]
        let true11 = [Double](repeating: 11, count: powers.count)
        #expect(found(register(registerOf(true11)) + power(powers)) == [.powerDrop])
        let shallow = powers.map { $0 < 11 ? 1.11 : $0 }
        #expect(found(register(registerOf(true11)) + power(shallow)).isEmpty)
        #expect(found(register(registerOf(powers)) + power(powers)).isEmpty)
    }

    @Test("A lost power reading lasts five readings and 5 minutes, none further apart than 5")
    func dropSpan() {
        func lost(_ count: Int, every minutes: Double) -> Set<AnomalyCategory> {
            let powers = [11, 11, 11] + [Double](repeating: 0, count: count) + [11, 11]
            let steady = [Double](repeating: 11, count: powers.count)
            return found(register(registerOf(steady, every: minutes), every: minutes) + power(powers, every: minutes))
        }
        #expect(lost(6, every: 1) == [.powerDrop])
        #expect(lost(5, every: 1).isEmpty)
        #expect(lost(5, every: 1.25) == [.powerDrop])
        #expect(!lost(4, every: 2).contains(.powerDrop))
        #expect(lost(5, every: 5).contains(.powerDrop))
        #expect(!lost(5, every: 5.1).contains(.powerDrop))
    }

    @Test("The energy that goes on is 0.3 kWh and half of what the power before gives")
    func dropEnergy() {
        for (share, isFound) in [(0.501, true), (0.499, false)] {
            let powers = [12, 12] + [Double](repeating: 0, count: 6)
            let real = [12, 12] + [Double](repeating: 12 * share, count: 6)
            #expect(found(register(registerOf(real)) + power(powers)).contains(.powerDrop) == isFound)
        }
        for (kilowatts, isFound) in [(3.61, true), (3.59, false)] {
            let powers = [2, 2] + [Double](repeating: 0, count: 6)
            let real = [2, 2] + [Double](repeating: kilowatts, count: 6)
            #expect(found(register(registerOf(real)) + power(powers)).contains(.powerDrop) == isFound)
        }
    }

    @Test("A true end of charging with a register refreshed late is no lost reading")
    func dropWithLateRegister() {
        let powers = (0..<60).map { $0 < 29 ? 50.0 : 0 }
        let real = registerOf(powers)
        let refreshed = (0..<60).map { real[$0 / 15 * 15] }
        #expect(found(register(refreshed) + power(powers)).isEmpty)
    }

    @Test(
        "The energy may exceed what power gives by 25 percent or 1 kWh",
        arguments: [
            (1.26, 20.0, true), (1.24, 20, false), (0.74, 20, true), (0.76, 20, false), (1.26, 5, false),
            (0.74, 5, false),
        ])
    func mismatch(_ share: Double, _ kilowatts: Double, _ isFound: Bool) {
        let powers = [Double](repeating: kilowatts, count: 16)
        let readings = register(registerOf(powers, share: share)) + power(powers)
        #expect(found(readings) == (isFound ? [.powerEnergyMismatch] : []))
    }

    @Test("A mismatch needs six power readings, none more than 20 minutes from the next")
    func mismatchReadings() {
        func judged(_ count: Int, every minutes: Double) -> Set<AnomalyCategory> {
            let powers = [Double](repeating: 20, count: count)
            let values = registerOf(powers, every: minutes, share: 1.5)
            return found(register(values, every: minutes) + power(powers, every: minutes))
        }
        #expect(judged(6, every: 5) == [.powerEnergyMismatch])
        #expect(judged(5, every: 5).isEmpty)
        #expect(judged(6, every: 20) == [.powerEnergyMismatch])
        #expect(judged(6, every: 20.1).isEmpty)
    }

    @Test("Between two readings power may have been anything between them")
    func mismatchBounds() {
        let powers = (0..<20).map { $0.isMultiple(of: 2) ? 22.0 : 4 }
        for kilowatts in [4.0, 13, 22] {
            let real = [Double](repeating: kilowatts, count: 20)
            #expect(found(register(registerOf(real)) + power(powers)).isEmpty)
        }
        #expect(
            found(register(registerOf([Double](repeating: 33, count: 20))) + power(powers)) == [.powerEnergyMismatch])
    }

    @Test("A register refreshed every quarter of an hour is no mismatch", arguments: [1.0, 2, 5, 10, 15])
    func lateRefresh(_ minutes: Double) {
        let count = Int(120 / minutes)
        let readings = (0..<count).map { index -> Double in
            let time = Double(index) * minutes
            return 1000 + 48 * (time / 15).rounded(.down) * 0.25
        }
        let powers = [Double](repeating: 48, count: count)
        #expect(found(register(readings, every: minutes) + power(powers, every: minutes)).isEmpty)
    }

    @Test("Power and register may be read up to a minute apart, at rates of their own")
    func differentMoments() {
        let powers = [Double](repeating: 120, count: 60)
        let values = (0..<40).map { 1000 + 120 * (Double($0) * 1.5 + 0.7) / 60 }
        #expect(found(register(values, from: 0.7, every: 1.5) + power(powers)).isEmpty)
        let sparse = (0..<13).map { 1000 + 120 * Double($0) * 5 / 60 }
        #expect(found(register(sparse, every: 5) + power(powers)).isEmpty)
        let double = (0..<13).map { 1000 + 240 * Double($0) * 5 / 60 }
        #expect(found(register(double, every: 5) + power(powers)) == [.powerEnergyMismatch])
        #expect(found(register(sparse, from: 1.5, every: 90) + power(powers, every: 4)).isEmpty)
    }

    @Test("Only phases: powers of one moment are added up where all are there")
    func phases() {
        let powers = [Double](repeating: 7, count: 30)
        let values = registerOf(powers.map { $0 * 3 })
        let all = power(powers, phase: .l1) + power(powers, phase: .l2) + power(powers, phase: .l3)
        #expect(found(register(values) + all).isEmpty)
        let thinned = all.filter { $0.phase != .l2 || $0.timestampMilliseconds % 120_000 == 0 }
        #expect(found(register(values) + thinned).isEmpty)
        #expect(found(register(registerOf(powers.map { $0 * 5 })) + all) == [.powerEnergyMismatch])
    }

    @Test("The units sent do not matter")
    func units() {
        let powers = [Double](repeating: 20, count: 16)
        let values = registerOf(powers, share: 1.26).map { $0 * 1000 }
        let readings =
            series(.energyActiveImportRegister, values) + series(.powerActiveImport, powers.map { $0 * 1000 })
        #expect(found(readings) == [.powerEnergyMismatch])
    }
}
