/// State of a session after a write, or its outcome in a batch.
public struct SessionResult: Codable, Sendable, Equatable {
    /// The client's own identifier of the session.
    public let sessionId: String
    /// True exactly when `anomalies` is not empty.
    public let isAnomaly: Bool?
    /// Summary of the categories' scores.
    public let anomalyScore: Double?
    /// How sure the verdict as a whole is.
    public let anomalyConfidence: Double?
    /// Whether it calls for a person at once.
    public let isIncident: Bool?
    /// True when the newest verdict of another session of the same station and connector, created in the 30 days
    /// before this one, reports one of the categories too.
    public let isRecurring: Bool?
    /// Reported categories, highest score first.
    public let anomalies: [AnomalySpan]?
    /// When the verdict was reached, UTC.
    public let analyzedAt: String?
    /// True when the state-of-charge series had holes that the pipeline filled in from the energy.
    public let socReconstructed: Bool?
    /// A remark for people, such as why there is no verdict.
    public let message: String?
    /// When it was stored, UTC.
    public let createdAt: String?
    /// Where it stands.
    public let status: SessionStatus
}

/// A session in a list.
public struct SessionSummary: Codable, Sendable, Equatable {
    /// The client's own identifier of the session.
    public let sessionId: String
    /// The client's own identifier of the station.
    public let chargingStationId: String
    /// Newest verdict.
    public let isAnomaly: Bool?
    /// Summary of the scores, 0 to 1.
    public let anomalyScore: Double?
    /// Categories reported by the newest verdict.
    public let anomalyCount: Int
    /// Where it stands.
    public let status: SessionStatus
    /// When the session was stored here.
    public let createdAt: String
    /// When the newest verdict was reached, UTC.
    public let lastAnalyzedAt: String?
}

/// A session in full.
public struct SessionDetail: Codable, Sendable, Equatable {
    /// The client's own identifier of the session.
    public let sessionId: String
    /// True exactly when `anomalies` is not empty.
    public let isAnomaly: Bool?
    /// Summary of the categories' scores.
    public let anomalyScore: Double?
    /// How sure the verdict as a whole is.
    public let anomalyConfidence: Double?
    /// Whether it calls for a person at once.
    public let isIncident: Bool?
    /// True when the newest verdict of another session of the same station and connector, created in the 30 days
    /// before this one, reports one of the categories too.
    public let isRecurring: Bool?
    /// Reported categories, highest score first.
    public let anomalies: [AnomalySpan]?
    /// When the verdict was reached, UTC.
    public let analyzedAt: String?
    /// True when the state-of-charge series had holes that the pipeline filled in from the energy.
    public let socReconstructed: Bool?
    /// A remark for people, such as why there is no verdict.
    public let message: String?
    /// When it was stored, UTC.
    public let createdAt: String
    /// Where it stands.
    public let status: SessionStatus
    /// The readings in order of time.
    public let meterValues: [MeterValue]
}

/// One stored reading.
public struct MeterValue: Codable, Sendable, Equatable {
    /// When, UTC.
    public let timestamp: String
    /// The value in `unit`.
    public let value: Double
    /// What was measured.
    public let measurand: String?
    /// Unit of the value.
    public let unit: String?
    /// Phase.
    public let phase: String?
    /// Where it was measured.
    public let location: String?
    /// Whether the sender computed it.
    public let reconstructed: Bool?
}

/// One category that was found in one session.
public struct AnomalySpan: Codable, Sendable, Equatable {
    /// What was found.
    public let category: AnomalyCategory
    /// How severe.
    public let score: Double
    /// Where it lies on the one-minute grid.
    public let bucketRange: BucketRange?
    /// Where it lies in time.
    public let timeRange: TimeRange?
    /// How sure.
    public let confidence: Double
}

/// A stretch on the one-minute grid; both ends are included.
public struct BucketRange: Codable, Sendable, Equatable {
    /// First minute, counted from the first reading.
    public let startUnit: Int
    /// Not less than startUnit.
    public let endUnit: Int
}

/// A stretch of time; an unknown end is nil.
public struct TimeRange: Codable, Sendable, Equatable {
    /// When it begins, UTC.
    public let startTimestamp: String?
    /// Not earlier than startTimestamp.
    public let endTimestamp: String?
}

/// An answer to a question about a session.
public struct AskAnswer: Codable, Sendable, Equatable {
    /// The client's own identifier of the session.
    public let sessionId: String
    /// Plain text or light Markdown.
    public let answer: String
}

/// An explanation of a verdict.
public struct SessionExplanation: Codable, Sendable, Equatable {
    /// The client's own identifier of the session.
    public let sessionId: String
    /// Plain text or light Markdown.
    public let explanation: String
    /// True when it was written by an earlier call.
    public let cached: Bool?
}

/// What comes back when a batch was queued.
public struct BatchTicket: Codable, Sendable, Equatable {
    /// Identifier to ask with.
    public let batchId: String
    /// Number of sessions.
    public let totalSessions: Int
    /// Where it stands.
    public let status: BatchStatus
}

/// How far a batch has come, with one page of its results.
public struct Batch: Codable, Sendable, Equatable {
    /// Identifier to ask with.
    public let batchId: String
    /// Where it stands.
    public let status: BatchStatus
    /// Number of sessions.
    public let totalSessions: Int
    /// Sessions dealt with, failed ones included.
    public let processedSessions: Int
    /// Sessions that were not stored.
    public let failedSessions: Int
    /// One page of outcomes in the order of submission.
    public let results: [SessionResult]
    /// Number of the page, counted from 0.
    public let page: Int
    /// Size of a page.
    public let pageSize: Int
    /// When it was stored, UTC.
    public let createdAt: String
    /// Nil until the batch has ended.
    public let completedAt: String?
}
