/// A text of a known set that may grow: what this client does not know yet is kept as it came.
public protocol OpenText: RawRepresentable, Codable, Hashable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
where RawValue == String {
    /// Takes a text, known or not.
    init(rawValue: String)
}

extension OpenText {
    /// Takes a literal.
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }
    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
    /// The text.
    public var description: String { rawValue }
}

/// Where a session stands.
public struct SessionStatus: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `pending`.
    public static let pending: SessionStatus = "pending"
    /// `active`.
    public static let active: SessionStatus = "active"
    /// `completed`.
    public static let completed: SessionStatus = "completed"
    /// `invalid`.
    public static let invalid: SessionStatus = "invalid"
}

/// Kind of anomaly in the readings of a session.
public struct AnomalyCategory: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `KWH_DECREASE`.
    public static let kwhDecrease: AnomalyCategory = "KWH_DECREASE"
    /// `ENERGY_PIT`.
    public static let energyPit: AnomalyCategory = "ENERGY_PIT"
    /// `ENERGY_PLATEAU`.
    public static let energyPlateau: AnomalyCategory = "ENERGY_PLATEAU"
    /// `ENERGY_SPIKE`.
    public static let energySpike: AnomalyCategory = "ENERGY_SPIKE"
    /// `ENERGY_NEGATIVE`.
    public static let energyNegative: AnomalyCategory = "ENERGY_NEGATIVE"
    /// `ZERO_ENERGY`.
    public static let zeroEnergy: AnomalyCategory = "ZERO_ENERGY"
    /// `POWER_DROP`.
    public static let powerDrop: AnomalyCategory = "POWER_DROP"
    /// `POWER_SPIKE`.
    public static let powerSpike: AnomalyCategory = "POWER_SPIKE"
    /// `POWER_ENERGY_MISMATCH`.
    public static let powerEnergyMismatch: AnomalyCategory = "POWER_ENERGY_MISMATCH"
    /// `SOC_DECREASE`.
    public static let socDecrease: AnomalyCategory = "SOC_DECREASE"
    /// `SOC_JUMP`.
    public static let socJump: AnomalyCategory = "SOC_JUMP"
    /// `SOC_OUT_OF_RANGE`.
    public static let socOutOfRange: AnomalyCategory = "SOC_OUT_OF_RANGE"
    /// `PHASE_IMBALANCE`.
    public static let phaseImbalance: AnomalyCategory = "PHASE_IMBALANCE"
    /// `VOLTAGE_DEVIATION`.
    public static let voltageDeviation: AnomalyCategory = "VOLTAGE_DEVIATION"
    /// `OVERHEATING`.
    public static let overheating: AnomalyCategory = "OVERHEATING"
    /// `METER_VALUE_GAP`.
    public static let meterValueGap: AnomalyCategory = "METER_VALUE_GAP"
}

/// Identifier of a category in paths.
public struct AnomalyCategoryId: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `kwh-decrease`.
    public static let kwhDecrease: AnomalyCategoryId = "kwh-decrease"
    /// `energy-pit`.
    public static let energyPit: AnomalyCategoryId = "energy-pit"
    /// `energy-plateau`.
    public static let energyPlateau: AnomalyCategoryId = "energy-plateau"
    /// `energy-spike`.
    public static let energySpike: AnomalyCategoryId = "energy-spike"
    /// `energy-negative`.
    public static let energyNegative: AnomalyCategoryId = "energy-negative"
    /// `zero-energy`.
    public static let zeroEnergy: AnomalyCategoryId = "zero-energy"
    /// `power-drop`.
    public static let powerDrop: AnomalyCategoryId = "power-drop"
    /// `power-spike`.
    public static let powerSpike: AnomalyCategoryId = "power-spike"
    /// `power-energy-mismatch`.
    public static let powerEnergyMismatch: AnomalyCategoryId = "power-energy-mismatch"
    /// `soc-decrease`.
    public static let socDecrease: AnomalyCategoryId = "soc-decrease"
    /// `soc-jump`.
    public static let socJump: AnomalyCategoryId = "soc-jump"
    /// `soc-out-of-range`.
    public static let socOutOfRange: AnomalyCategoryId = "soc-out-of-range"
    /// `phase-imbalance`.
    public static let phaseImbalance: AnomalyCategoryId = "phase-imbalance"
    /// `voltage-deviation`.
    public static let voltageDeviation: AnomalyCategoryId = "voltage-deviation"
    /// `overheating`.
    public static let overheating: AnomalyCategoryId = "overheating"
    /// `meter-value-gap`.
    public static let meterValueGap: AnomalyCategoryId = "meter-value-gap"
}

/// Where a batch stands.
public struct BatchStatus: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `pending`.
    public static let pending: BatchStatus = "pending"
    /// `processing`.
    public static let processing: BatchStatus = "processing"
    /// `completed`.
    public static let completed: BatchStatus = "completed"
    /// `failed`.
    public static let failed: BatchStatus = "failed"
}

/// Where an issue stands.
public struct IssueStatus: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `OPEN`.
    public static let open: IssueStatus = "OPEN"
    /// `IN_PROGRESS`.
    public static let inProgress: IssueStatus = "IN_PROGRESS"
    /// `RESOLVED`.
    public static let resolved: IssueStatus = "RESOLVED"
    /// `DISMISSED`.
    public static let dismissed: IssueStatus = "DISMISSED"
}

/// How far an anomaly is from being ordinary.
public struct DetectionLevel: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `SESSION`.
    public static let session: DetectionLevel = "SESSION"
    /// `CONNECTOR`.
    public static let connector: DetectionLevel = "CONNECTOR"
    /// `STATION`.
    public static let station: DetectionLevel = "STATION"
}

/// Which detector a model is for.
public struct ModelType: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `csar_2`.
    public static let csar2: ModelType = "csar_2"
    /// `shade`.
    public static let shade: ModelType = "shade"
}

/// Where a model stands.
public struct ModelStatus: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `active`.
    public static let active: ModelStatus = "active"
    /// `training`.
    public static let training: ModelStatus = "training"
    /// `failed`.
    public static let failed: ModelStatus = "failed"
    /// `deprecated`.
    public static let deprecated: ModelStatus = "deprecated"
}

/// Where a fine-tuning stands.
public struct FineTuneStatus: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `queued`.
    public static let queued: FineTuneStatus = "queued"
    /// `running`.
    public static let running: FineTuneStatus = "running"
    /// `completed`.
    public static let completed: FineTuneStatus = "completed"
    /// `failed`.
    public static let failed: FineTuneStatus = "failed"
}

/// Type of an event.
public struct EventType: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `session.analyzed`.
    public static let sessionAnalyzed: EventType = "session.analyzed"
    /// `anomaly.detected`.
    public static let anomalyDetected: EventType = "anomaly.detected"
    /// `anomaly.issue.updated`.
    public static let anomalyIssueUpdated: EventType = "anomaly.issue.updated"
    /// `station.anomaly.detected`.
    public static let stationAnomalyDetected: EventType = "station.anomaly.detected"
    /// `batch.completed`.
    public static let batchCompleted: EventType = "batch.completed"
    /// `model.finetune.completed`.
    public static let modelFinetuneCompleted: EventType = "model.finetune.completed"
    /// `model.finetune.failed`.
    public static let modelFinetuneFailed: EventType = "model.finetune.failed"
    /// `webhook.disabled`.
    public static let webhookDisabled: EventType = "webhook.disabled"
    /// `webhook.test`.
    public static let webhookTest: EventType = "webhook.test"
}

/// Where a delivery stands.
public struct DeliveryStatus: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `pending`.
    public static let pending: DeliveryStatus = "pending"
    /// `succeeded`.
    public static let succeeded: DeliveryStatus = "succeeded"
    /// `failed`.
    public static let failed: DeliveryStatus = "failed"
}

/// Kind of a tax number.
public struct TaxIdType: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `eu_vat`.
    public static let euVat: TaxIdType = "eu_vat"
    /// `gb_vat`.
    public static let gbVat: TaxIdType = "gb_vat"
    /// `ch_vat`.
    public static let chVat: TaxIdType = "ch_vat"
    /// `no_vat`.
    public static let noVat: TaxIdType = "no_vat"
    /// `us_ein`.
    public static let usEin: TaxIdType = "us_ein"
    /// `ca_bn`.
    public static let caBn: TaxIdType = "ca_bn"
    /// `au_abn`.
    public static let auAbn: TaxIdType = "au_abn"
    /// `in_gst`.
    public static let inGst: TaxIdType = "in_gst"
    /// `other`.
    public static let other: TaxIdType = "other"
}

/// What a person may do.
public struct MemberRole: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `member`.
    public static let member: MemberRole = "member"
    /// `admin`.
    public static let admin: MemberRole = "admin"
    /// `super_admin`.
    public static let superAdmin: MemberRole = "super_admin"
}

/// Whether a person has joined.
public struct MemberStatus: OpenText {
    /// The text of the contract.
    public let rawValue: String

    /// Takes a text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `active`.
    public static let active: MemberStatus = "active"
    /// `pending`.
    public static let pending: MemberStatus = "pending"
}
