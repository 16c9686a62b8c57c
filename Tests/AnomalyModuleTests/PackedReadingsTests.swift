import AnomalyDetection
import GantryKit
import Testing

@testable import AnomalyModule

@Suite("Stored readings")
struct PackedReadingsTests {
    private func unpack(_ bytes: [UInt8]) throws -> [Reading] {
        var readings: [Reading] = []
        try bytes.withUnsafeBufferPointer { try PackedReadings.forEach($0) { readings.append($0) } }
        return readings
    }

    @Test("Every kind of reading comes back as it was")
    func roundTrip() throws {
        var readings: [Reading] = []
        for measurand in Measurand.allCases {
            for location in Location.allCases {
                for phase in Phase.allCases.map(Optional.init) + [nil] {
                    readings.append(
                        Reading(
                            timestampMilliseconds: 1_262_304_000_000 + Int64(readings.count), value: -0.1,
                            measurand: measurand, unit: Unit.allCases.randomElement(), phase: phase,
                            location: location, isReconstructed: readings.count % 2 == 0))
                }
            }
        }
        let segments = PackedReadings.segments(readings.count)
        #expect(segments == 2)
        let packed = (0..<segments).map { PackedReadings.pack(readings, segment: $0) }
        #expect(packed[0].count == 1 + 1024 * 20)
        #expect(try packed.flatMap(unpack) == readings)
    }

    @Test(
        "Bytes of another format are refused", arguments: [[], [2], [1, 0], [1] + [UInt8](repeating: 200, count: 20)])
    func damaged(bytes: [UInt8]) {
        #expect(throws: HostError.self) { try unpack(bytes) }
    }

    @Test("Unsorted readings are sorted, of equal ones the later wins, and merging keeps both rules")
    func series() {
        func reading(_ time: Int64, _ value: Double, _ measurand: Measurand = .powerActiveImport) -> Reading {
            Reading(timestampMilliseconds: time, value: value, measurand: measurand)
        }
        let series = ReadingSeries(unsorted: [reading(3, 1), reading(1, 2), reading(3, 3), reading(1, 4, .voltage)])
        #expect(series.readings.map(\.value) == [2, 4, 3])
        let merged = series.merged(with: ReadingSeries(unsorted: [reading(2, 5), reading(3, 6), reading(0, 7)]))
        #expect(merged.readings.map(\.value) == [7, 2, 4, 5, 6])
        #expect(ReadingSeries.empty.merged(with: series).readings == series.readings)
        #expect(series.merged(with: .empty).readings == series.readings)
    }
}
