/// An issue opened for an anomaly record.
public struct Issue: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Where it stands.
    public let statusName: IssueStatus
    /// User identifier of the assignee, or null.
    public let assignedTo: String?
}

/// A record: one category found in one session.
public struct Anomaly: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Anomaly type.
    public let anomalyType: AnomalyCategory
    /// Anomaly type id.
    public let anomalyTypeId: AnomalyCategoryId
    /// Score in the newest analysis.
    public let aiRiskScore: Double
    /// Connector within its station.
    public let connectorId: String?
    /// The station identifier that the client sent with the session.
    public let chargingPointId: String
    /// Ocpp charging station id.
    public let ocppChargingStationId: String
    /// EVSE.
    public let evseId: String?
    /// Charging session id.
    public let chargingSessionId: String
    /// Start of the anomaly's time range, or the time of its first detection when it has none.
    public let dateOfAnomalyOccurrence: String
    /// Latest analysis or issue change.
    public let dateOfLastUpdate: String
    /// Oldest first.
    public let issues: [Issue]?
}

/// Records of one category.
public struct AnomalyTypeCount: Codable, Sendable, Equatable {
    /// Kind.
    public let type: AnomalyCategory
    /// Identifier of the category.
    public let typeId: AnomalyCategoryId
    /// How many.
    public let count: Int
}

/// Anomalies of one connector.
public struct ConnectorAnomalies: Codable, Sendable, Equatable {
    /// Stable identifier of this connector of this station.
    public let id: String
    /// Connector within its station.
    public let connectorId: String
    /// Matching records.
    public let anomalyCount: Int
    /// Charging point id.
    public let chargingPointId: String
    /// EVSE of the newest session that names one.
    public let evseId: String?
    /// Detection date.
    public let detectionDate: String
    /// Last update.
    public let lastUpdate: String
    /// Highest count first.
    public let anomalyTypes: [AnomalyTypeCount]?
}

/// Anomalies of one session.
public struct SessionAnomalies: Codable, Sendable, Equatable {
    /// Internal identifier of the session.
    public let id: String
    /// Charging session id.
    public let chargingSessionId: String
    /// Matching records.
    public let anomalyCount: Int
    /// Detection date.
    public let detectionDate: String
    /// Last update.
    public let lastUpdate: String
    /// Ai risk score.
    public let aiRiskScore: Double
    /// Highest count first.
    public let anomalyTypes: [AnomalyTypeCount]?
}

/// One moment of a chart.
public struct ChartPoint: Codable, Sendable, Equatable {
    /// When, UTC.
    public let timestamp: String
    /// Imported-energy register in kWh.
    public let energy: Double?
    /// State of charge in percent as the vehicle reported it.
    public let stateOfCharge: Double?
    /// Active import power in kW.
    public let power: Double?
    /// State of charge in percent as the pipeline used it, measured or filled in.
    public let soc: Double?
}

/// A category found in a session, with what a chart of it needs.
public struct AnomalyDetail: Codable, Sendable, Equatable {
    /// The category.
    public struct Category: Codable, Sendable, Equatable {
        /// Identifier.
        public let id: AnomalyCategoryId
        /// Short English name for people, for instance "Energy register decrease".
        public let name: String
        /// One or two English sentences on the category.
        public let description: String?
        /// Highest risk this record ever had.
        public let maxScore: Double
    }

    /// The score at one analysis.
    public struct RiskPoint: Codable, Sendable, Equatable {
        /// When, UTC.
        public let timestamp: String
        /// The score, 0 to 1.
        public let riskScore: Double
    }

    /// A stretch of time.
    public struct Period: Codable, Sendable, Equatable {
        /// When it begins, UTC.
        public let start: String
        /// When it ends, UTC.
        public let end: String
    }

    /// The client's own identifier of the session.
    public let sessionId: String
    /// Identifier of the tenant.
    public let clientId: String
    /// Connector within its station.
    public let connectorId: String?
    /// Charging point id.
    public let chargingPointId: String
    /// Ocpp charging station id.
    public let ocppChargingStationId: String
    /// EVSE.
    public let evseId: String?
    /// Detection level.
    public let detectionLevel: DetectionLevel
    /// Ascending by time.
    public let meterValues: [ChartPoint]?
    /// Current risk score.
    public let currentRiskScore: Double
    /// First detection date.
    public let firstDetectionDate: String
    /// Last update date.
    public let lastUpdateDate: String
    /// The category.
    public let anomalyCategory: Category
    /// One point per analysis, oldest first.
    public let riskScoreTimeline: [RiskPoint]?
    /// Period of the anomaly when last found.
    public let anomalyPeriod: Period?
    /// Oldest first.
    public let issues: [Issue]?
}
