import AnomalyDetection
import GantryKit

/// The readings of one session in order of time; no two have the same timestamp, measurand, phase and location.
struct ReadingSeries {
    /// The most readings that a session may hold.
    static let greatestCount = 50_000
    /// The longest time between a session's first and last reading, in milliseconds: 31 days.
    static let greatestSpan: Int64 = 31 * 86_400_000

    /// The readings.
    private(set) var readings: [Reading]

    /// No readings.
    static let empty = ReadingSeries(sorted: [])

    /// Takes readings that are known to be in order and distinct, such as stored ones.
    init(sorted readings: [Reading]) {
        self.readings = readings
    }

    /// Takes readings as they came: sorts them, and of two that are the same one keeps the later in the request.
    init(unsorted readings: [Reading]) {
        self.readings = Self.isStrictlyAscending(readings) ? readings : Self.sorted(readings)
    }

    /// Reads the meter values of a request; null and a missing list are none.
    init(_ list: JSONValue?) throws {
        guard let list, list.kind == .array else {
            self = .empty
            return
        }
        var readings: [Reading] = []
        readings.reserveCapacity(list.count)
        for element in list.elements {
            guard let reading = MeterValueDraft(element).reading else {
                // The contract check has passed every element, so this is a gap between contract and module.
                throw HostError(.invalid, message: "A meter value that passed the contract check cannot be read.")
            }
            readings.append(reading)
        }
        self.init(unsorted: readings)
    }

    /// When the first reading was taken.
    var first: Int64? { readings.first?.timestampMilliseconds }

    /// When the last reading was taken.
    var last: Int64? { readings.last?.timestampMilliseconds }

    /// Both series together; where they hold the same reading, that of `newer`.
    func merged(with newer: ReadingSeries) -> ReadingSeries {
        guard let last = readings.last, let next = newer.readings.first else {
            return readings.isEmpty ? newer : self
        }
        if Self.precedes(last, next) { return ReadingSeries(sorted: readings + newer.readings) }
        var result: [Reading] = []
        result.reserveCapacity(readings.count + newer.readings.count)
        var old = readings[...]
        for reading in newer.readings {
            while let candidate = old.first, Self.precedes(candidate, reading) {
                result.append(candidate)
                old.removeFirst()
            }
            if let candidate = old.first, !Self.precedes(reading, candidate) { old.removeFirst() }
            result.append(reading)
        }
        result += old
        return ReadingSeries(sorted: result)
    }

    private static func sorted(_ readings: [Reading]) -> [Reading] {
        let order = readings.indices.sorted { one, other in
            if precedes(readings[one], readings[other]) { return true }
            return precedes(readings[other], readings[one]) ? false : one < other
        }
        var result: [Reading] = []
        result.reserveCapacity(readings.count)
        for index in order {
            if let last = result.last, !precedes(last, readings[index]) {
                result[result.count - 1] = readings[index]
            } else {
                result.append(readings[index])
            }
        }
        return result
    }

    private static func isStrictlyAscending(_ readings: [Reading]) -> Bool {
        guard var previous = readings.first else { return true }
        for reading in readings.dropFirst() {
            guard precedes(previous, reading) else { return false }
            previous = reading
        }
        return true
    }

    /// Order by time, then by what makes readings of one moment different.
    private static func precedes(_ one: Reading, _ other: Reading) -> Bool {
        if one.timestampMilliseconds != other.timestampMilliseconds {
            return one.timestampMilliseconds < other.timestampMilliseconds
        }
        return kind(one) < kind(other)
    }

    private static func kind(_ reading: Reading) -> UInt32 {
        let phase = reading.phase.map { UInt32($0.rawValue) + 1 } ?? 0
        return UInt32(reading.measurand.rawValue) << 16 | phase << 8 | UInt32(reading.location.rawValue)
    }
}
