import AnomalyDetection
import ChargingClient
import ChargingSimulator
import Foundation

/// Turns simulated sessions into what the API takes.
enum SimulatedUpload {
    private static let largestBatch = 200
    /// Readings of one batch: the API takes more, but an answer in good time is worth more than few requests.
    private static let readingsInBatch = 25_000

    /// The identifier under which a simulated session is stored; different seeds do not meet.
    static func identifier(_ session: SimulatedSession, seed: UInt64) -> String {
        "sim\(seed)-\(session.identifier)"
    }

    /// The sessions in batches that the API takes.
    static func batches(_ sessions: [SimulatedSession]) -> [[SimulatedSession]] {
        var batches: [[SimulatedSession]] = []
        var readings = 0
        for session in sessions {
            readings += session.readings.count
            if let last = batches.last, last.count < largestBatch, readings <= readingsInBatch {
                batches[batches.count - 1].append(session)
            } else {
                batches.append([session])
                readings = session.readings.count
            }
        }
        return batches
    }

    /// The session as it is sent.
    static func session(_ session: SimulatedSession, seed: UInt64) -> NewSession {
        NewSession(
            sessionId: identifier(session, seed: seed), chargingStationId: session.station.identifier,
            connectorId: session.connector.identifier, evseId: session.connector.evseIdentifier,
            status: session.isCompleted ? "completed" : "active",
            metadata: NewSession.Metadata(
                pricePerKwh: session.station.pricePerKilowattHour, maxPowerKw: session.maximumPowerKilowatts,
                station: ["address": "\(session.station.street), \(session.station.city)"]),
            meterValues: session.readings.map(meterValue))
    }

    private static func meterValue(_ reading: Reading) -> NewSession.MeterValue {
        let moment = Date(timeIntervalSince1970: Double(reading.timestampMilliseconds) / 1000)
        return NewSession.MeterValue(
            timestamp: moment.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            value: reading.value, measurand: "\(reading.measurand.wireName)",
            unit: reading.unit.map { "\($0.wireName)" }, phase: reading.phase.map { "\($0.wireName)" },
            location: reading.location == .outlet ? nil : "\(reading.location.wireName)",
            reconstructed: reading.isReconstructed ? true : nil)
    }
}
