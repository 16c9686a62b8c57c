import AnomalyDetection
import GantryKit

/// Finds what the contract's schemas cannot say about the body of a request.
///
/// Bodies with findings of the contract check are looked at too, so nothing is taken for granted: what is malformed is
/// passed over.
struct RequestCheck {
    /// The earliest time that a reading may have: 2010-01-01T00:00:00Z.
    static let earliest: Int64 = 1_262_304_000_000
    /// How far ahead of the clock a reading may be: 24 hours.
    static let greatestLead: Int64 = 86_400_000
    /// The most readings of one batch.
    static let greatestBatchReadings = 50_000
    /// The most findings that an answer lists.
    private static let greatestFindings = 50

    private let latest: Int64
    private(set) var findings: [FieldFinding] = []
    /// The readings of the body as they came; nil where there are none, or one of them could not be read.
    private(set) var readings: [Reading]?

    /// A check at the present time.
    init(nowMilliseconds: Int64) {
        latest = nowMilliseconds + Self.greatestLead
    }

    /// Checks the body of `createSession`, or one session of a batch under the path `prefix`.
    mutating func newSession(_ body: JSONValue, prefix: String = "") {
        identifier(body["sessionId"], "\(prefix)sessionId", reserved: "batch")
        identifier(body["chargingStationId"], "\(prefix)chargingStationId", reserved: "lookup")
        change(body, prefix: prefix)
    }

    /// Checks the body of `replaceSession` and `updateSession`.
    mutating func change(_ body: JSONValue, prefix: String = "") {
        if let list = body["meterValues"] { meterValues(list, path: "\(prefix)meterValues") }
        if let object = body["metadata"] { metadata(object, path: "\(prefix)metadata") }
    }

    /// Checks the body of `submitBatch`.
    mutating func batch(_ body: JSONValue) {
        guard let sessions = body["sessions"] else { return }
        var seen: Set<String> = []
        var readings = 0
        for (position, session) in sessions.elements.enumerated() {
            guard findings.count < Self.greatestFindings else { return }
            if let id = session["sessionId"]?.string, !seen.insert(id).inserted {
                report(
                    "sessions.\(position).sessionId", "duplicate_item",
                    "Another session of the batch has this sessionId.")
            }
            newSession(session, prefix: "sessions.\(position).")
            readings += session["meterValues"].map { $0.kind == .array ? $0.count : 0 } ?? 0
        }
        if readings > Self.greatestBatchReadings {
            report(
                "sessions", "too_many_meter_values",
                "A batch may hold \(Self.greatestBatchReadings) meter values, not \(readings).")
        }
    }

    /// Checks that a pair of parameters of the query bounds a window.
    mutating func window(_ query: Fields, from: String, to: String) {
        guard let lower = query[from].flatMap({ RFC3339.milliseconds($0) }),
            let upper = query[to].flatMap({ RFC3339.milliseconds($0) }), upper <= lower
        else { return }
        findings.append(FieldFinding(to, code: "out_of_range", "Must be later than \(from).", in: .query))
    }

    private mutating func identifier(_ value: JSONValue?, _ path: String, reserved: StaticString) {
        guard let value, value.kind == .string else { return }
        let isDots = value.withText { !$0.isEmpty && $0.allSatisfy { $0 == UInt8(ascii: ".") } } ?? false
        if isDots || value.stringEquals(reserved) {
            report(path, "reserved_value", "This name is reserved.")
        }
    }

    private mutating func meterValues(_ list: JSONValue, path: String) {
        guard list.kind == .array else { return }
        var first = Int64.max
        var last = Int64.min
        var readings: [Reading] = []
        readings.reserveCapacity(list.count)
        for (position, element) in list.elements.enumerated() where element.kind == .object {
            let draft = MeterValueDraft(element)
            if let reading = draft.reading { readings.append(reading) }
            if let unit = draft.unit, let measurand = draft.measurand, !measurand.fits(unit) {
                report(
                    "\(path).\(position).unit", "unit_mismatch",
                    "The unit \(unit.wireName) does not fit the measurand \(measurand.wireName).")
            }
            guard let timestamp = draft.timestamp else { continue }
            if timestamp < Self.earliest || timestamp > latest {
                report(
                    "\(path).\(position).timestamp", "out_of_range",
                    "Must lie between 2010-01-01 and 24 hours ahead of now.")
            } else {
                first = min(first, timestamp)
                last = max(last, timestamp)
            }
            guard findings.count < Self.greatestFindings else { return }
        }
        if first < last, last - first > ReadingSeries.greatestSpan {
            findings += Self.stretching(list, path: path, first...last)
        }
        if readings.count == list.count { self.readings = readings }
    }

    private mutating func metadata(_ value: JSONValue, path: String) {
        guard value.kind == .object, value.rawBytes.count > Metadata.greatestSize,
            Metadata.size(value) > Metadata.greatestSize
        else { return }
        findings.append(Self.tooLarge(path))
    }

    private mutating func report(_ path: String, _ code: String, _ message: String) {
        findings.append(FieldFinding(path, code: code, message))
    }
}

extension RequestCheck {
    /// The finding for metadata beyond its limits.
    static func tooLarge(_ path: String) -> FieldFinding {
        FieldFinding(
            path, code: "out_of_range",
            "May have \(Metadata.greatestCount) keys and \(Metadata.greatestSize) bytes as JSON at most.")
    }

    /// The findings for readings that lie more than 31 days behind the earliest of `span`, or where none does so by
    /// itself, more than 31 days before its latest.
    ///
    /// - Parameters:
    ///   - list: The readings of the request.
    ///   - span: From the earliest to the latest of all readings that the session would have.
    static func stretching(_ list: JSONValue, path: String, _ span: ClosedRange<Int64>) -> [FieldFinding] {
        func findings(_ isOutside: (Int64) -> Bool) -> [FieldFinding] {
            var findings: [FieldFinding] = []
            for (position, element) in list.elements.enumerated() where findings.count < greatestFindings {
                guard let timestamp = MeterValueDraft(element).timestamp, isOutside(timestamp) else { continue }
                findings.append(
                    FieldFinding(
                        "\(path).\(position).timestamp", code: "out_of_range",
                        "The readings of one session may span 31 days at most."))
            }
            return findings
        }
        let late = findings { $0 - span.lowerBound > ReadingSeries.greatestSpan }
        return late.isEmpty ? findings { span.upperBound - $0 > ReadingSeries.greatestSpan } : late
    }
}
