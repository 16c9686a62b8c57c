/// Readings that take the place of all stored ones.
public struct SessionReplacement: Encodable, Sendable, Equatable {
    /// At least one reading, in any order.
    public var meterValues: [NewSession.MeterValue]
    /// Takes the place of the stored metadata; nil keeps them.
    public var metadata: NewSession.Metadata?
    /// Takes the place of the status; nil keeps it.
    public var status: SessionStatus?

    /// Creates a replacement.
    public init(
        meterValues: [NewSession.MeterValue], metadata: NewSession.Metadata? = nil,
        status: SessionStatus? = nil
    ) {
        self.meterValues = meterValues
        self.metadata = metadata
        self.status = status
    }
}

/// What is added to a session.
public struct SessionUpdate: Encodable, Sendable, Equatable {
    /// Readings to add; nil adds none.
    public var meterValues: [NewSession.MeterValue]?
    /// Merged into the stored metadata, key by key; nil keeps them.
    public var metadata: NewSession.Metadata?
    /// Takes the place of the status; nil keeps it.
    public var status: SessionStatus?

    /// Creates an update.
    public init(
        meterValues: [NewSession.MeterValue]? = nil, metadata: NewSession.Metadata? = nil,
        status: SessionStatus? = nil
    ) {
        self.meterValues = meterValues
        self.metadata = metadata
        self.status = status
    }
}

/// A question about a session.
struct Question: Encodable {
    var question: String
    var lang: String?
}

/// How a verdict is to be explained.
struct ExplanationOrder: Encodable {
    var lang: String?
    var regenerate: Bool?
}

/// Which sessions are meant; conditions that are nil do not count, all others must match.
public struct SessionFilter: Encodable, Sendable, Equatable {
    /// Exact identifier of the station.
    public var chargingStationId: String?
    /// Exact identifier of the EVSE.
    public var evseId: String?
    /// The newest verdict.
    public var isAnomaly: Bool?
    /// Least score, 0 to 1.
    public var minScore: Double?
    /// Least confidence, 0 to 1.
    public var minConfidence: Double?
    /// Stored at this time or later, RFC 3339.
    public var dateFrom: String?
    /// Stored before this time, RFC 3339.
    public var dateTo: String?

    /// Creates a filter that lets everything pass.
    public init() {}

    var query: [(String, String?)] {
        [
            ("chargingStationId", chargingStationId), ("evseId", evseId),
            ("isAnomaly", isAnomaly.map { "\($0)" }),
            ("minScore", minScore.map { "\($0)" }), ("minConfidence", minConfidence.map { "\($0)" }),
            ("dateFrom", dateFrom), ("dateTo", dateTo),
        ]
    }
}
