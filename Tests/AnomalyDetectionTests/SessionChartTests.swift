import AnomalyDetection
import Testing

@Suite("Charts of sessions")
struct SessionChartTests {
    private static let minute: Int64 = 60_000

    private func chart(_ readings: [Reading]) -> [SessionChart.Point] {
        SessionChart(readings, facts: SessionFacts(isCompleted: false, maximumPowerKilowatts: nil)).points
    }

    private func reading(
        _ minute: Int64, _ value: Double, _ measurand: Measurand, _ unit: Unit, phase: Phase? = nil,
        location: Location = .outlet
    ) -> Reading {
        Reading(
            timestampMilliseconds: minute * Self.minute, value: value, measurand: measurand, unit: unit, phase: phase,
            location: location)
    }

    @Test("No readings, no points")
    func empty() {
        #expect(chart([]).isEmpty)
    }

    @Test("One point for each moment, in common units, in order of time, with nothing where nothing was read")
    func units() {
        let points = chart([
            reading(2, 14_000, .powerActiveImport, .watt), reading(0, 5000, .energyActiveImportRegister, .wattHour),
            reading(1, 230, .voltage, .volt, phase: .l1),
            reading(0, 40, .stateOfCharge, .percent, location: .vehicle),
        ])
        #expect(points.map(\.timestampMilliseconds) == [0, Self.minute, 2 * Self.minute])
        #expect(points.map(\.energy) == [5, nil, nil])
        #expect(points.map(\.power) == [nil, nil, 14])
        #expect(points.map(\.stateOfCharge) == [40, nil, nil])
        #expect(points.map(\.stateOfChargeUsed) == [40, nil, nil])
    }

    @Test("Phases are added up where no total was sent")
    func phases() {
        let phases: [Phase] = [.l1, .l2, .l3]
        let points = chart(
            (0..<3).flatMap { minute in phases.map { reading(minute, 3.5, .powerActiveImport, .kilowatt, phase: $0) } })
        #expect(points.map(\.power) == [10.5, 10.5, 10.5])
    }

    @Test("A zero that means unknown is shown as it was reported, and filled in from the energy beside it")
    func unknown() throws {
        let states: [Double] = [20, 24, 0, 0, 36]
        var readings: [Reading] = []
        for (index, state) in states.enumerated() {
            let minute = Int64(index) * 5
            readings.append(reading(minute, 100 + Double(index) * 2, .energyActiveImportRegister, .kilowattHour))
            readings.append(reading(minute, state, .stateOfCharge, .percent, location: .vehicle))
        }
        let points = chart(readings)
        #expect(points.map(\.stateOfCharge) == states.map { Optional($0) })
        let used = try points.map { try #require($0.stateOfChargeUsed) }
        #expect(used[0] == 20 && used[1] == 24 && used[4] == 36)
        #expect(abs(used[2] - 28) < 0.01 && abs(used[3] - 32) < 0.01)
    }
}
