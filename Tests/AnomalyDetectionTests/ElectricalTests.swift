import AnomalyDetection
import Testing

@Suite("PHASE_IMBALANCE, VOLTAGE_DEVIATION and OVERHEATING")
struct ElectricalTests {
    private func currents(_ phases: [[Double]], every minutes: Double = 5) -> [Reading] {
        zip([Phase.l1, .l2, .l3], phases).flatMap { phase, values in
            series(.currentImport, values, unit: .ampere, every: minutes, phase: phase)
        }
    }

    @Test("Currents that differ by more than 30 percent at three moments over 10 minutes are found")
    func imbalance() {
        let balanced: [Double] = [16, 16, 16, 16]
        #expect(found(currents([balanced, balanced, [11.1, 11.1, 11.1, 16]])) == [.phaseImbalance])
        #expect(found(currents([balanced, balanced, [11.2, 11.2, 11.2, 16]])).isEmpty)
        #expect(found(currents([balanced, balanced, [11, 11, 16, 11]])).isEmpty)
        #expect(found(currents([balanced, balanced, [11, 11, 11, 16]], every: 4.9)).isEmpty)
        #expect(found(currents([balanced, [11, 11, 11, 11]], every: 5)) == [.phaseImbalance])
    }

    @Test("Phases under 4 A do not carry a current")
    func unloadedPhases() {
        let full: [Double] = [16, 16, 16, 16]
        #expect(found(currents([full, [0, 0, 0, 0], [0, 0, 0, 0]])).isEmpty)
        #expect(found(currents([full, full, [3.9, 3.9, 3.9, 3.9]])).isEmpty)
        #expect(found(currents([full, full, [4, 4, 4, 4]])) == [.phaseImbalance])
    }

    @Test("A phase that is missed now and then does not hide an imbalance")
    func missedReadings() {
        let full = [Double](repeating: 16, count: 12)
        let low = [Double](repeating: 9, count: 12)
        let all = currents([full, full, low], every: 1)
        let thinned = all.filter { $0.phase != .l3 || $0.timestampMilliseconds / 60_000 % 3 != 0 }
        #expect(found(all) == [.phaseImbalance])
        #expect(found(thinned) == [.phaseImbalance])
    }

    @Test(
        "A voltage of a phase off by more than 15 percent at two moments in a row is found",
        arguments: [
            ([230, 195.4, 195.4, 230], true), ([230, 195.6, 195.6, 230], false), ([230, 190, 230, 190], false),
            ([230, 264.6, 264.6, 230], true), ([230, 264.4, 264.4, 230], false), ([230, 0, 0, 230], false),
            ([230, 49, 49, 49], false), ([400, 400, 400, 400], false), ([230, 190, 0, 190], true),
            ([230, 190, 310, 190], true),
        ] as [([Double], Bool)])
    func voltage(_ values: [Double], _ isFound: Bool) {
        for phase in [Phase.l1, .l2ToNeutral] {
            #expect(found(series(.voltage, values, phase: phase)) == (isFound ? [.voltageDeviation] : []))
        }
        #expect(found(series(.voltage, values)).isEmpty)
    }

    @Test("Voltages are judged phase by phase and against the configured nominal voltage")
    func nominalVoltage() {
        let alternating =
            series(.voltage, [190, 230, 190, 230], phase: .l1)
            + series(.voltage, [230, 190, 230, 190], phase: .l2)
        #expect(found(alternating).isEmpty)
        var configuration = DetectionConfiguration()
        configuration.installation.nominalVoltage = 120
        let american =
            series(.voltage, [120, 121, 119], phase: .l1) + series(.voltage, [240, 239, 241], phase: .l1ToL2)
        #expect(found(american, configuration: configuration).isEmpty)
        #expect(found(american) == [.voltageDeviation])
    }

    @Test(
        "Temperatures from 80 degrees, at the body from 95, are found",
        arguments: [
            (80, Unit.celsius, Location.outlet, true), (79.9, .celsius, .outlet, false), (80, .celsius, .body, false),
            (95, .celsius, .body, true), (94.9, .celsius, .body, false), (176, .fahrenheit, .cable, true),
            (175.9, .fahrenheit, .cable, false), (353.15, .kelvin, .inlet, true), (353.05, .kelvin, .inlet, false),
        ] as [(Double, Unit, Location, Bool)])
    func temperature(_ value: Double, _ unit: Unit, _ location: Location, _ isFound: Bool) {
        let readings = series(.temperature, [20, value, 20].map { $0 }, unit: unit, location: location)
        #expect(found(readings) == (isFound ? [.overheating] : []))
    }

    @Test("Temperatures at other places are judged beside those at the outlet")
    func severalPlaces() {
        let outlet = series(.temperature, [30, 31, 32])
        #expect(found(outlet + series(.temperature, [90, 96, 90], location: .body)) == [.overheating])
        #expect(found(outlet + series(.temperature, [90, 91, 90], location: .body)).isEmpty)
    }
}
