public import ChargingClient
public import Foundation

/// Something that keeps a file from being read, told to the person who named it.
public struct ChargingFileError: Error, Sendable, CustomStringConvertible {
    /// One sentence.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What of files could not be used, by kind.
public struct FileNotes: Sendable, Equatable {
    /// How often each kind occurred.
    public private(set) var counts: [String: Int] = [:]

    mutating func count(_ kind: String, _ number: Int) {
        if number > 0 { counts[kind, default: 0] += number }
    }

    mutating func add(_ other: FileNotes) {
        for (kind, number) in other.counts { count(kind, number) }
    }
}

/// The sessions of a file that an operator has: a log of OCPP 1.6 messages, a `MeterValues.req`, or charge detail
/// records of OCPI 2.2.1.
public struct ChargingFile: Sendable {
    /// The sessions, ready to be sent.
    public let sessions: [NewSession]
    /// What could not be used.
    public let notes: FileNotes

    /// Reads a file.
    ///
    /// What it is shows in its first character and its members: an object with `meterValue` is a `MeterValues.req`, one
    /// with `charging_periods` a record, one with `data` an answer of OCPI with records; an array holds records or
    /// messages, and lines are messages.
    /// - Parameters:
    ///   - station: Station of messages that name none.
    ///   - ratedPower: Rated power of the connectors in kW, if known.
    public init(_ data: Data, station: String? = nil, ratedPower: Double? = nil) throws {
        var messages = OCPPSessions(station: station, ratedPower: ratedPower)
        if let records = Self.records(data) {
            var notes = FileNotes()
            sessions = records.map { $0.session(ratedPower: ratedPower, notes: &notes) }
            self.notes = notes
            return
        }
        if let values = try? JSONDecoder().decode(OCPP.MeterValues.self, from: data) {
            try messages.add(values, station: nil)
        } else if let frames = try? JSONDecoder().decode([OCPPFrame].self, from: data) {
            for frame in frames { try messages.add(frame) }
        } else {
            try Self.addLines(data, to: &messages)
        }
        sessions = messages.sessions()
        notes = messages.notes
    }

    private struct Envelope: Decodable {
        var data: [OCPIRecord]
    }

    private static func records(_ data: Data) -> [OCPIRecord]? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        if let record = try? decoder.decode(OCPIRecord.self, from: data) { return [record] }
        if let records = try? decoder.decode([OCPIRecord].self, from: data), !records.isEmpty { return records }
        return (try? decoder.decode(Envelope.self, from: data))?.data
    }

    private static func addLines(_ data: Data, to messages: inout OCPPSessions) throws {
        for (number, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            guard let frame = try? JSONDecoder().decode(OCPPFrame.self, from: Data(line)) else {
                throw ChargingFileError("Line \(number + 1) is no message of OCPP 1.6 and the file no OCPI record.")
            }
            try messages.add(frame)
        }
    }
}
