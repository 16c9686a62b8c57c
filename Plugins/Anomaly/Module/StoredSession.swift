import AnomalyDetection
import GantryKit

/// A session as its row in the database holds it, without its readings.
struct StoredSession {
    /// The client's own identifier.
    var sessionId: String
    /// The station that it belongs to.
    var stationId: String
    /// Connector; empty when it names none.
    var connectorId: String
    /// EVSE; empty when it names none.
    var evseId: String
    /// Where it stands.
    var status: SessionStatus
    /// JSON of the metadata; nil when there is none.
    var metadata: [UInt8]?
    /// When it was stored, in milliseconds since 1970.
    var createdAt: Int64
    /// Number of its readings.
    var readingCount: Int
    /// When its first reading was taken.
    var firstReadingAt: Int64?
    /// When its last reading was taken.
    var lastReadingAt: Int64?
    /// What its readings say it delivered, in kWh; nil without readings.
    var deliveredKilowattHours: Double?
    /// Identifier of the server's own.
    var internalId: String
    /// Number of its changes.
    var revision: Int64 = 0
    /// Whether the tenant's figures contain it.
    var isFigured = false
    /// The newest verdict; nil while there is none.
    var verdict: StoredVerdict?

    /// Connector as it is sent.
    var connector: String? { connectorId.isEmpty ? nil : connectorId }
    /// EVSE as it is sent.
    var evse: String? { evseId.isEmpty ? nil : evseId }
    /// Whether it counts among the anomalous sessions of its connector.
    var isCountedAnomalous: Bool { status.isCounted && verdict?.isAnomaly == true }

    /// A remark for people: why there is no verdict, or nil when there is one.
    var message: String? {
        guard verdict == nil else { return nil }
        guard readingCount < SessionPipeline.leastReadings else {
            return "The analysis did not succeed. The readings are kept, and the next write tries again."
        }
        return "No analysis yet. At least \(SessionPipeline.leastReadings) meter values are needed, "
            + "\(readingCount) \(readingCount == 1 ? "is" : "are") stored."
    }
}

/// The newest verdict on a session as it is stored and sent. Scores are rounded to four digits.
struct StoredVerdict {
    /// When it was reached, in milliseconds since 1970.
    var analyzedAt: Int64
    /// Summary of the scores.
    var score: Double
    /// How sure it is.
    var confidence: Double
    /// Number of categories found.
    var count: Int
    /// Bit n is set when the category with code n was found.
    var categoryMask: Int64
    /// Whether it calls for a person at once.
    var isIncident: Bool
    /// Whether another session of the connector had one of the categories shortly before.
    var isRecurring: Bool
    /// Whether holes in the state of charge were filled in.
    var isStateOfChargeReconstructed: Bool
    /// The categories found, as the JSON array that is sent.
    var findings: [UInt8]

    /// Whether a category was found.
    var isAnomaly: Bool { count > 0 }
}
