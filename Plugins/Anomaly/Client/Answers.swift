/// State of a session after a write, or its outcome in a batch.
public struct SessionResult: Decodable, Sendable {
    /// One category that was found.
    public struct Anomaly: Decodable, Sendable {
        /// Code of the category, such as `KWH_DECREASE`.
        public let category: String
        /// How severe, 0.5 to 1.
        public let score: Double
        /// How sure, 0 to 1.
        public let confidence: Double
    }

    /// The client's own identifier.
    public let sessionId: String
    /// The session's status, or `failed` when a batch did not store it.
    public let status: String
    /// Newest verdict; nil before the first.
    public let isAnomaly: Bool?
    /// Summary of the categories' scores.
    public let anomalyScore: Double?
    /// What was found; nil before the first verdict.
    public let anomalies: [Anomaly]?
    /// A remark for people.
    public let message: String?
}

/// A session in full.
public struct SessionDetail: Decodable, Sendable {
    /// One stored reading.
    public struct MeterValue: Decodable, Sendable {
        /// UTC.
        public let timestamp: String
        /// The value in `unit`.
        public let value: Double
        /// What was measured.
        public let measurand: String
        /// Unit of the value; nil for measurands that take none.
        public let unit: String?
        /// Whether the sender computed it.
        public let reconstructed: Bool
    }

    /// The client's own identifier.
    public let sessionId: String
    /// Where the session stands.
    public let status: String
    /// Newest verdict; nil before the first.
    public let isAnomaly: Bool?
    /// Summary of the categories' scores.
    public let anomalyScore: Double?
    /// What was found; nil before the first verdict.
    public let anomalies: [SessionResult.Anomaly]?
    /// All readings in order of time.
    public let meterValues: [MeterValue]
}

/// A session in a list.
public struct SessionSummary: Decodable, Sendable {
    /// The client's own identifier.
    public let sessionId: String
    /// The client's own identifier of the station.
    public let chargingStationId: String
    /// Where the session stands.
    public let status: String
    /// Newest verdict; nil before the first.
    public let isAnomaly: Bool?
    /// Summary of the categories' scores.
    public let anomalyScore: Double?
    /// Categories reported by the newest verdict.
    public let anomalyCount: Int
    /// When it was stored, UTC.
    public let createdAt: String
}

/// A station in a list.
public struct StationSummary: Decodable, Sendable {
    /// The client's own identifier.
    public let chargingStationId: String
    /// Anomaly records of the station's sessions.
    public let totalAnomalies: Int
    /// Latest occurrence among them, UTC.
    public let lastAnomalyDate: String?
}

/// One page of a list.
public struct Page<Item: Decodable & Sendable>: Decodable, Sendable {
    /// Where the page stands in the list.
    public struct Pagination: Decodable, Sendable {
        /// Matching records before paging.
        public let totalCount: Int
        /// Number of the page, counted from 0.
        public let page: Int
        /// Size of a page.
        public let size: Int
    }

    /// The records.
    public let content: [Item]
    /// Where they stand.
    public let pagination: Pagination
}

/// What comes back when a batch was queued.
public struct BatchTicket: Decodable, Sendable {
    /// Identifier to poll with.
    public let batchId: String
    /// Sessions in the batch.
    public let totalSessions: Int
}

/// How far a batch has come, with one page of its results.
public struct Batch: Decodable, Sendable {
    /// Identifier.
    public let batchId: String
    /// `pending`, `processing`, `completed` or `failed`.
    public let status: String
    /// Sessions in the batch.
    public let totalSessions: Int
    /// Sessions dealt with, failed ones included.
    public let processedSessions: Int
    /// Sessions that were not stored.
    public let failedSessions: Int
    /// Outcomes in the order of submission.
    public let results: [SessionResult]
    /// When it ended, UTC; nil before.
    public let completedAt: String?
}
