import AnomalyDetection
import GantryKit

/// A random history of sessions and the energy that follows from it, computed from scratch.
struct EnergyHistory {
    /// A connector of a station on a day; empty for sessions that name none.
    struct Place: Hashable {
        var station: String
        var connector: String
        var day: Int
    }

    /// A request.
    struct Step {
        var operation: String
        var path: [String] = []
        var body: String
    }

    private struct Session {
        var station: String
        var connector: String
        var status: String
        /// The register by time.
        var readings: [Int64: Double]
    }

    private var chance: Chance
    private let now: Int64
    private var sessions: [String: Session] = [:]

    init(seed: UInt64, now: Int64) {
        chance = Chance(seed: seed)
        self.now = now
    }

    /// Makes up a request that is accepted, and remembers what it does.
    mutating func step() -> Step {
        let id = "S-\(chance.below(12))"
        guard var session = sessions[id] else {
            let connector = ["", "1", "2"][chance.below(3)]
            let readings = self.readings()
            let session = Session(
                station: "ST-\(chance.below(2))", connector: connector,
                status: chance.below(8) == 0 ? "invalid" : "active",
                readings: readings)
            sessions[id] = session
            return Step(
                operation: "createSession",
                body: Bodies.session(
                    id, station: session.station, connector: connector.isEmpty ? nil : connector, Self.json(readings),
                    #""status":"\#(session.status)""#))
        }
        defer { sessions[id] = session }
        let isInvalid = session.status == "invalid"
        switch chance.below(10) {
        case 0 where session.status == "active":
            session.status = "invalid"
            return Step(operation: "updateSession", path: [id], body: #"{"status":"invalid"}"#)
        case 1 where session.status == "active":
            session.status = "completed"
            return Step(operation: "updateSession", path: [id], body: #"{"status":"completed"}"#)
        case 2...5 where !isInvalid:
            session.readings = readings()
            return Step(operation: "replaceSession", path: [id], body: Bodies.change(Self.json(session.readings)))
        case 6...9 where !isInvalid:
            let first = session.readings.keys.min() ?? now
            let added = readings().filter { abs($0.key - first) < 30 * 86_400_000 }
            session.readings.merge(added) { $1 }
            return Step(operation: "updateSession", path: [id], body: Bodies.change(Self.json(added)))
        default:
            return Step(operation: "updateSession", path: [id], body: #"{"metadata":{"note":"x"}}"#)
        }
    }

    /// What each connector delivered in the 24 hours of each day that has readings or deliveries.
    func expected() -> [Place: [Int64]] {
        var energy: [Place: [Double]] = [:]
        for session in sessions.values where session.status != "invalid" {
            let readings = session.readings.sorted { $0.key < $1.key }
                .map { Reading(timestampMilliseconds: $0.key, value: $0.value, unit: .kilowattHour) }
            for reading in readings { energy[place(session, reading.timestampMilliseconds), default: .zeros][0] += 0 }
            let delivered = DeliveredEnergy(
                readings: readings, facts: SessionFacts(isCompleted: session.status == "completed"))
            delivered.spread { start, amount in
                energy[place(session, start), default: .zeros][Int(start / 3_600_000 % 24)] += amount
            }
        }
        return energy.mapValues { $0.map { Int64(($0 * 1_000_000).rounded()) } }
    }

    /// Reads the milliwatt-hours of a stored day.
    static func unpack(_ bytes: [UInt8]) -> [Int64] {
        (0..<24).map { hour in
            (0..<8).reduce(0) { $0 | Int64(bytes[1 + hour * 12 + $1]) << Int64($1 * 8) }
        }
    }

    private func place(_ session: Session, _ moment: Int64) -> Place {
        Place(station: session.station, connector: session.connector, day: Int(moment / 86_400_000))
    }

    /// Some register readings within a few days, with falls, spikes and pauses.
    private mutating func readings() -> [Int64: Double] {
        var readings: [Int64: Double] = [:]
        var time = now - Int64(chance.below(5 * 86_400)) * 1000
        var value = Double(chance.below(1000))
        for _ in 0...chance.below(12) {
            readings[time] = value
            time += Int64(1 + chance.below(9000)) * 1000
            value += chance.below(9) == 0 ? Double(chance.below(3000)) - 1500 : Double(chance.below(800)) / 100
        }
        return readings
    }

    private static func json(_ readings: [Int64: Double]) -> [String] {
        readings.map { time, value in
            #"{"timestamp":"\#(RFC3339.string(milliseconds: time))","value":\#(value),"unit":"kWh"}"#
        }
    }
}

extension [Double] {
    fileprivate static var zeros: [Double] { Array(repeating: 0, count: 24) }
}
