import AnomalyDetection
import GantryKit

/// What a request says about a session, read from a body that has passed all checks.
///
/// `metadata` is read in place: the input must not outlive the body.
struct SessionInput {
    /// The session as a path or a body names it.
    var sessionId: String
    /// The readings that came with it.
    var readings: ReadingSeries
    /// The status that is asked for.
    var status: SessionStatus?
    /// Metadata to replace or to merge.
    var metadata: JSONValue?

    /// Reads what `createSession`, `replaceSession` and `updateSession` have in common.
    /// - Parameter read: The readings of the body, where the check has read them.
    init(sessionId: String, body: JSONValue, read: [Reading]? = nil) throws {
        self.sessionId = sessionId
        readings = try read.map { ReadingSeries(unsorted: $0) } ?? ReadingSeries(body["meterValues"])
        status = SessionStatus(body["status"])
        metadata = body["metadata"].flatMap { $0.kind == .object ? $0 : nil }
    }

    /// Whether the request asks for nothing.
    var isEmpty: Bool { readings.readings.isEmpty && status == nil && metadata == nil }

    /// What is to be merged into the metadata of the session's station.
    var stationMetadata: JSONValue? {
        metadata?["station"].flatMap { $0.kind == .object ? $0 : nil }
    }
}

/// A session that is to be stored for the first time.
struct NewSession {
    /// What every request about a session says.
    var input: SessionInput
    /// The station that it belongs to.
    var stationId: String
    /// Connector; empty when it names none.
    var connectorId: String
    /// EVSE; empty when it names none.
    var evseId: String

    /// Reads the body of `createSession` or one session of a batch.
    init(_ body: JSONValue, read: [Reading]? = nil) throws {
        input = try SessionInput(sessionId: body["sessionId"]?.string ?? "", body: body, read: read)
        stationId = body["chargingStationId"]?.string ?? ""
        connectorId = body["connectorId"]?.string ?? ""
        evseId = body["evseId"]?.string ?? ""
    }
}
