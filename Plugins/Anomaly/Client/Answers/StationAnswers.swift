/// A station in a list.
public struct StationSummary: Codable, Sendable, Equatable {
    /// Internal identifier.
    public let id: String
    /// Identity of the station on the OCPP link.
    public let ocppChargingStationId: String
    /// The client's own identifier of the station.
    public let chargingStationId: String
    /// Score of the newest station verdict.
    public let aiScore: Double?
    /// Anomaly records of the station's sessions.
    public let totalAnomalies: Int
    /// Latest occurrence among them.
    public let lastAnomalyDate: String?
}

/// The identifiers of all stations.
public struct StationLookup: Codable, Sendable, Equatable {
    /// The records.
    public let items: [String]
}

/// Sessions of one connector.
public struct ConnectorCounts: Codable, Sendable, Equatable {
    /// Connector within its station.
    public let connectorId: String
    /// Number of sessions.
    public let totalSessions: Int
    /// Sessions whose newest verdict is anomalous.
    public let anomalousSessions: Int
}

/// A station in full.
public struct StationDetail: Codable, Sendable, Equatable {
    /// The client's own identifier of the station.
    public let chargingStationId: String
    /// The station's connectors.
    public let connectors: [ConnectorCounts]
    /// Number of sessions.
    public let totalSessions: Int
    /// Sessions whose newest verdict is anomalous.
    public let anomalousSessions: Int
    /// Free facts about the station, gathered from the `station` key of its sessions' metadata.
    public let metadata: [String: FreeValue]?
}

/// An earlier verdict on a station.
public struct StationAnomaly: Codable, Sendable, Equatable {
    /// Identifier of the verdict.
    public let inferenceId: String
    /// The newest verdict.
    public let isAnomaly: Bool
    /// Summary of the scores, 0 to 1.
    public let anomalyScore: Double
    /// What the detector saw.
    public let detectionDetails: DetectionDetails
    /// When the verdict was reached, UTC.
    public let analyzedAt: String
}

/// The newest verdict on a station.
public struct StationInference: Codable, Sendable, Equatable {
    /// The client's own identifier of the station.
    public let chargingStationId: String
    /// True when the score is 0.5 or more.
    public let isAnomaly: Bool
    /// Summary of the scores, 0 to 1.
    public let anomalyScore: Double
    /// What the detector saw.
    public let detectionDetails: DetectionDetails
    /// When the verdict was reached, UTC.
    public let analyzedAt: String
}

/// What the station detector saw.
public struct DetectionDetails: Codable, Sendable, Equatable {
    /// Kind of the fault; nil where there is none.
    public let anomalyType: String?
    /// UTC day that was judged.
    public let affectedPeriod: String?
    /// Energy that was expected, in kWh.
    public let expectedEnergyKwh: Double?
    /// Energy that was delivered, in kWh.
    public let actualEnergyKwh: Double?

    enum CodingKeys: String, CodingKey {
        case anomalyType = "anomaly_type"
        case affectedPeriod = "affected_period"
        case expectedEnergyKwh = "expected_energy_kwh"
        case actualEnergyKwh = "actual_energy_kwh"
    }
}

/// The connectors of a station with their anomalies.
public struct StationConnectors: Codable, Sendable, Equatable {
    /// A connector with its anomalies.
    public struct Connector: Codable, Sendable, Equatable {
        /// Connector within its station.
        public let connectorId: String
        /// Number of sessions.
        public let totalSessions: Int
        /// Sessions whose newest verdict is anomalous.
        public let anomalousSessions: Int
        /// Number of anomaly records by category.
        public let anomalyCategories: [String: Int]
    }

    /// The client's own identifier of the station.
    public let chargingStationId: String
    /// The station's connectors.
    public let connectors: [Connector]
}

/// Energy of one hour.
public struct EnergyPoint: Codable, Sendable, Equatable {
    /// When, UTC.
    public let timestamp: String
    /// Energy in kWh delivered in that hour.
    public let energy: Double
}

/// Energy of one connector by the hour.
public struct ConnectorEnergy: Codable, Sendable, Equatable {
    /// Connector within its station.
    public let connectorId: String
    /// Energy in kWh.
    public let energy: [EnergyPoint]
}

/// Energy of a station by the hour.
public struct StationEnergy: Codable, Sendable, Equatable {
    /// The client's own identifier of the station.
    public let chargingStationId: String
    /// Energy in kWh of the whole reference day.
    public let energyDelivered: Double
    /// Energy of the whole station by the hour.
    public let energyConsumptionStation: [EnergyPoint]
    /// Ascending by connectorId.
    public let energyConsumptionConnectors: [ConnectorEnergy]
    /// When anomalies occurred, UTC.
    public let anomalyOccurrences: [String]
}

/// A day of a station as the detector sees it.
public struct ShadeOverview: Codable, Sendable, Equatable {
    /// Energy of one hour.
    public struct EnergyPoint: Codable, Sendable, Equatable {
        /// When, UTC.
        public let timestamp: String
        /// Energy since the start of the day, in kWh.
        public let cumulativeKwh: Double
    }

    /// A conspicuous stretch of the day.
    public struct Marker: Codable, Sendable, Equatable {
        /// Minute of the UTC day.
        public let startMinute: Int
        /// When, UTC.
        public let timestamp: String
        /// How severe, 0 to 1.
        public let score: Double
    }

    /// The client's own identifier of the station.
    public let chargingStationId: String
    /// How conspicuous the day is, 0 to 1.
    public let dayScore: Double
    /// The newest verdict.
    public let isAnomaly: Bool
    /// Ascending by time, at most one point a minute.
    public let energyTimeline: [EnergyPoint]
    /// Ascending by time.
    public let anomalyMarkers: [Marker]
    /// When the verdict was reached, UTC.
    public let analyzedAt: String
}
