import AnomalyDetection
import Testing

@Suite("METER_VALUE_GAP")
struct GapTests {
    /// A steady charge of ten readings before and after a gap.
    private func gapped(
        _ minutes: Double, every distance: Double = 5, kilowatts: Double = 11, sendsPower: Bool = true,
        flows: Bool = true
    ) -> [Reading] {
        let count = 10
        let before = Double(count - 1) * distance
        let first = (0..<count).map { 1000 + kilowatts * Double($0) * distance / 60 }
        let base = first[count - 1] + (flows ? kilowatts * minutes / 60 : 0)
        let second = (0..<count).map { base + kilowatts * Double($0) * distance / 60 }
        let powers = [Double](repeating: kilowatts, count: count)
        var readings = register(first, every: distance) + register(second, from: before + minutes, every: distance)
        if sendsPower {
            readings += power(powers, every: distance) + power(powers, from: before + minutes, every: distance)
        }
        return readings
    }

    @Test("A gap is longer than an hour and four times the median distance")
    func length() {
        #expect(found(gapped(60.1)) == [.meterValueGap])
        #expect(found(gapped(60)).isEmpty)
        #expect(found(gapped(80.1, every: 20)).contains(.meterValueGap))
        #expect(!found(gapped(80, every: 20)).contains(.meterValueGap))
    }

    @Test("Without power readings the energy across tells, as long as the register is read")
    func energy() {
        #expect(found(gapped(61, sendsPower: false)) == [.meterValueGap])
        #expect(found(gapped(61, sendsPower: false, flows: false)).isEmpty)
        let trickle = gapped(61, kilowatts: 0.19, sendsPower: false)
        #expect(found(trickle).isEmpty)
    }

    @Test("A pause without readings is none, although power flowed before and after")
    func pause() {
        #expect(found(gapped(120, flows: false)).isEmpty)
        let low = gapped(61, kilowatts: 0.9)
        #expect(!found(low.filter { $0.measurand == .powerActiveImport }).contains(.meterValueGap))
    }

    @Test("Power alone tells where no register was sent")
    func powerAlone() {
        #expect(found(gapped(61).filter { $0.measurand == .powerActiveImport }) == [.meterValueGap])
        let idle = gapped(61, kilowatts: 0.9).filter { $0.measurand == .powerActiveImport }
        #expect(found(idle).isEmpty)
    }

    @Test("Any reading ends a gap")
    func otherReadings() {
        let readings = gapped(100)
        #expect(found(readings + series(.temperature, [30], from: 90)).isEmpty)
        #expect(found(readings) == [.meterValueGap])
    }

    @Test("Sessions of three readings have no gap")
    func threeReadings() {
        #expect(found(register(at: [(0, 100), (300, 130), (310, 130)]), isCompleted: true).isEmpty)
        #expect(found(register(at: [(0, 100), (1, 100), (400, 130)]), isCompleted: true).isEmpty)
    }
}
