import AnomalyDetection
import ChargingClient
import Foundation
import SessionImport
import Testing

/// The faults of the published data, told by the rules of the contract and never by their values; skipped where the
/// data are not at hand.
@Suite("Faults in published data")
struct RealDataTests {
    private static let data = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data").standardized

    private static func files(_ folder: String) -> [URL] {
        let found = try? FileManager.default.contentsOfDirectory(
            at: data.appending(path: folder), includingPropertiesForKeys: nil)
        return (found ?? []).filter { $0.pathExtension == "gz" }.sorted { $0.path < $1.path }
    }

    private static let perthFiles = files("perth")
    private static let boulderFiles = files("boulder")

    /// A session of a file, and what the pipeline finds in it.
    private struct Judged {
        let readings: [Reading]
        let found: Set<AnomalyDetection.AnomalyCategory>

        var minutes: Double { Double(readings[readings.count - 1].timestampMilliseconds - start) / 60_000 }
        var energy: Double { registers[registers.count - 1] - registers[0] }
        private var start: Int64 { readings[0].timestampMilliseconds }
        private var registers: [Double] {
            readings.filter { $0.measurand == .energyActiveImportRegister }.map(\.commonValue)
        }
    }

    private func judged(_ file: URL, _ kind: SourceKind, scale: Double = 1, shiftDays: Int = 0) throws -> [Judged] {
        let source = try SourceFile(path: file.path, kind: kind)
        let records = source.rows.compactMap { row in
            guard case .session(let record) = row else { return ChargingRecord?.none }
            return record
        }
        return try SessionBuilder(scale: scale, shiftDays: shiftDays).sessions(records)
            .filter { $0.meterValues.count > 2 }
            .map { session in
                let readings = try session.meterValues.map(reading)
                let verdict = SessionPipeline.analyze(readings, facts: SessionFacts(isCompleted: true))
                return Judged(readings: readings, found: Set(verdict.findings.map(\.category)))
            }
    }

    private func reading(_ value: NewSession.MeterValue) throws -> Reading {
        let measurand = value.measurand.utf8CString.withUnsafeBytes {
            Measurand(wireName: UnsafeRawBufferPointer(rebasing: $0.dropLast()))
        }
        let moment = try Date(value.timestamp, strategy: .iso8601)
        return Reading(
            timestampMilliseconds: Int64(moment.timeIntervalSince1970) * 1000, value: value.value,
            measurand: try #require(measurand), unit: .kilowattHour, isReconstructed: value.reconstructed == true)
    }

    @Test(
        "Registers that fall, that rise faster than any connector gives, or that stand still",
        .enabled(if: !perthFiles.isEmpty), arguments: perthFiles, [(1.0, 0), (3.0, 400)])
    func perth(file: URL, variant: (scale: Double, shiftDays: Int)) throws {
        let sessions = try judged(file, .perth, scale: variant.scale, shiftDays: variant.shiftDays)
        #expect(sessions.count > 10_000)
        let configuration = DetectionConfiguration()
        for session in sessions {
            let energy = session.energy
            #expect(session.found.contains(.registerDecrease) == (energy < -configuration.register.fall), "\(session)")
            let limit =
                configuration.register.spike
                + configuration.installation.greatestPowerUnrated * (session.minutes + 1) / 60
            #expect(session.found.contains(.energySpike) == (energy > limit), "\(session)")
            // What falls delivers nothing.
            let standsStill = session.minutes >= 10 && energy < configuration.register.zeroEnergy
            #expect(session.found.contains(.zeroEnergy) == standsStill, "\(session)")
            #expect(session.found.isSubset(of: [.registerDecrease, .energySpike, .zeroEnergy]), "\(session)")
        }
    }

    @Test("Three register readings a session", .enabled(if: !boulderFiles.isEmpty), arguments: boulderFiles)
    func boulder(file: URL) throws {
        let sessions = try judged(file, .boulder)
        #expect(sessions.count > 20_000)
        for session in sessions {
            let standsStill = session.minutes >= 10 && session.energy < 0.05
            #expect(session.found.contains(.zeroEnergy) == standsStill, "\(session)")
            #expect(session.found.isSubset(of: [.zeroEnergy]), "\(session)")
        }
    }
}
