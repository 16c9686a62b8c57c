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
        #expect(try packed.flatMap(unpack) == readings)
    }

    @Test("Values come back bit for bit, whatever they are, and times whatever their order")
    func values() throws {
        var random = Chance(seed: 3)
        let odd: [Double] = [
            0, -0.0, 1e300, -1e-300, 0.1 + 0.2, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0x1p53, 0x1p50, 1 / 3,
            123_456_789.123456, 999_999_999_999.999,
        ]
        for round in 0..<60 {
            let readings = (0..<(1 + random.below(90))).map { index in
                let digits = [1.0, 10, 100, 1000, 1e6, 1e7][random.below(6)]
                let plain = Double(random.below(20_000_000) - 10_000_000) / digits
                return Reading(
                    timestampMilliseconds: round % 5 == 0
                        ? Int64(random.below(.max)) - .max / 2 : Int64(index / 3) * 60_000,
                    value: round % 4 == 0 && random.below(9) == 0 ? odd[random.below(odd.count)] : plain,
                    measurand: Measurand.allCases[random.below(3)], isReconstructed: random.below(7) == 0)
            }
            let found = try unpack(PackedReadings.pack(readings, segment: 0))
            #expect(found == readings)
            #expect(found.map(\.value.bitPattern) == readings.map(\.value.bitPattern))
        }
    }

    @Test("A meter's readings take about four bytes each")
    func size() {
        let readings = (0..<300).map { index in
            let (moment, value) = (Int64(index / 3), Double(18_211_400 + 917 * (index / 3)) / 1000)
            return Reading(
                timestampMilliseconds: 1_781_413_200_000 + moment * 60_000, value: value,
                measurand: Measurand.allCases[index % 3])
        }
        #expect(PackedReadings.pack(readings, segment: 0).count < 300 * 4 + 40)
    }

    @Test("The first version of the format is still read")
    func firstVersion() throws {
        let reading = Reading(
            timestampMilliseconds: 1_781_413_200_000, value: 18.25, measurand: .powerActiveImport, location: .outlet,
            isReconstructed: true)
        var bytes: [UInt8] = [1]
        withUnsafeBytes(of: reading.timestampMilliseconds.littleEndian) { bytes += $0 }
        withUnsafeBytes(of: reading.value.bitPattern.littleEndian) { bytes += $0 }
        bytes += [Measurand.powerActiveImport.rawValue, 255, 255, Location.outlet.rawValue | 0x80]
        #expect(try unpack(bytes) == [reading])
    }

    @Test("Bytes that were changed are refused or read as something else, and never beyond their end")
    func mutations() throws {
        var random = Chance(seed: 9)
        let readings = (0..<40).map {
            Reading(timestampMilliseconds: Int64($0) * 1000, value: Double($0) / 8, measurand: .voltage)
        }
        let packed = PackedReadings.pack(readings, segment: 0)
        var refused = 0
        for _ in 0..<2000 {
            var bytes = packed
            for _ in 0...random.below(3) { bytes[1 + random.below(bytes.count - 1)] = UInt8(random.below(256)) }
            if random.below(4) == 0 { bytes.removeLast(random.below(bytes.count - 1)) }
            do { _ = try unpack(bytes) } catch { refused += 1 }
        }
        #expect(refused > 100)
    }

    @Test(
        "Bytes of another format are refused",
        arguments: [[], [2], [3, 0], [1, 0], [2, 1, 1, 200, 0, 0, 0, 0], [1] + [UInt8](repeating: 200, count: 20)])
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
