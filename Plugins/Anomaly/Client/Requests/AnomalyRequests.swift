/// Direction of an order.
public enum SortDirection: String, Sendable {
    /// Lowest first.
    case ascending = "asc"
    /// Highest first.
    case descending = "desc"
}

/// Which anomaly records are meant; conditions that are nil do not count, all others must match.
public struct AnomalyFilter: Sendable, Equatable {
    /// The category.
    public var anomalyType: AnomalyCategory?
    /// Exact identifier of the connector.
    public var connectorId: String?
    /// Exact identifier of the session.
    public var chargingSessionId: String?
    /// Exact identifier of the station.
    public var chargingPointId: String?
    /// Exact identifier of the EVSE.
    public var evseId: String?
    /// Occurred at this time or later, RFC 3339.
    public var occurrenceFrom: String?
    /// Occurred before this time, RFC 3339.
    public var occurrenceTo: String?
    /// Changed at this time or later, RFC 3339.
    public var updateFrom: String?
    /// Changed before this time, RFC 3339.
    public var updateTo: String?
    /// Order by score; nil for the latest change first.
    public var sortByScore: SortDirection?
    /// Status of an issue.
    public var anomalyIssuesStatus: IssueStatus?
    /// User to whom an issue is assigned.
    public var assignedTo: String?

    /// Creates a filter that lets everything pass.
    public init() {}

    var query: [(String, String?)] {
        [
            ("anomalyType", anomalyType?.rawValue), ("connectorId", connectorId),
            ("chargingSessionId", chargingSessionId), ("chargingPointId", chargingPointId),
            ("evseId", evseId),
            ("occurrenceFrom", occurrenceFrom), ("occurrenceTo", occurrenceTo),
            ("updateFrom", updateFrom),
            ("updateTo", updateTo), ("sortByScore", sortByScore?.rawValue),
            ("anomalyIssuesStatus", anomalyIssuesStatus?.rawValue), ("assignedTo", assignedTo),
        ]
    }
}

/// Which connectors or sessions with anomalies are meant.
public struct AnomalyGroupFilter: Sendable, Equatable {
    /// The category.
    public var anomalyType: AnomalyCategory?
    /// Exact identifier of the connector; of connectors only.
    public var connectorId: String?
    /// Exact identifier of the session; of sessions only.
    public var chargingSessionId: String?
    /// Occurred at this time or later, RFC 3339.
    public var occurrenceFrom: String?
    /// Occurred before this time, RFC 3339.
    public var occurrenceTo: String?
    /// What they are ordered by, as the contract names it.
    public var sortBy: String?

    /// Creates a filter that lets everything pass.
    public init() {}

    private var common: [(String, String?)] {
        [
            ("anomalyType", anomalyType?.rawValue), ("occurrenceFrom", occurrenceFrom),
            ("occurrenceTo", occurrenceTo), ("sortBy", sortBy),
        ]
    }

    var connectorQuery: [(String, String?)] { common + [("connectorId", connectorId)] }
    var sessionQuery: [(String, String?)] { common + [("chargingSessionId", chargingSessionId)] }
}

/// A change of an issue.
public struct IssueChange: Encodable, Sendable, Equatable {
    /// Where the issue is to stand.
    public var status: IssueStatus
    /// Who is to work on it.
    public var assignedTo: FieldChange<String>

    /// Creates a change.
    public init(status: IssueStatus, assignedTo: FieldChange<String> = .keep) {
        self.status = status
        self.assignedTo = assignedTo
    }

    /// Writes what changes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        try container.encode(assignedTo, forKey: .assignedTo)
    }

    private enum CodingKeys: String, CodingKey { case status, assignedTo }
}
