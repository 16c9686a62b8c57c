/// Figures of the whole tenant.
public struct Statistics: Codable, Sendable, Equatable {
    /// Records found by the newest analysis of their session whose newest issue is neither resolved nor dismissed.
    public let activeAnomaliesCount: Int
    /// Sessions whose newest verdict is anomalous.
    public let sessionsWithAnomaliesCount: Int
    /// Connectors of stations with at least one such session.
    public let connectorsWithAnomaliesCount: Int
    /// All anomaly records, active or not.
    public let totalAnomaliesCount: Int
    /// Stations with at least one such session.
    public let chargingStationsWithAnomaliesCount: Int
    /// Of the time covered by sessions in the last 30 days (first to last reading, session by session), the share
    /// in percent that lies in no anomaly of their newest verdicts, overlapping ones counted once.
    public let uptimePercentage: Double
    /// Difference in percentage points from the same figure of the 30 days before.
    public let uptimeDelta: Double
    /// Number of sessions.
    public let totalSessions: Int
    /// Delivered energy times price, over all sessions that are not `invalid`.
    public let totalRevenue: Double
    /// Part of it that comes from sessions whose newest verdict is anomalous.
    public let revenueAtRisk: Double
    /// Part of the revenue at risk that is probably lost, each session weighted with its `anomalyScore`.
    public let revenueLeakEstimate: Double
}

/// A webhook.
public struct Webhook: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Where deliveries go.
    public let url: String
    /// Types of events that are delivered.
    public let events: [EventType]
    /// A description for people.
    public let description: String?
    /// Whether deliveries are made.
    public let enabled: Bool
    /// Deliveries in a row that failed for good.
    public let failureCount: Int
    /// Set exactly while the webhook is off.
    public let disabledAt: String?
    /// When it was stored, UTC.
    public let createdAt: String?
    /// Last change by an admin or by being switched off.
    public let updatedAt: String?
}

/// A webhook with its signing secret, which is shown this once.
public struct WebhookWithSecret: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Where deliveries go.
    public let url: String
    /// Types of events that are delivered.
    public let events: [EventType]
    /// A description for people.
    public let description: String?
    /// Whether deliveries are made.
    public let enabled: Bool
    /// Deliveries in a row that failed for good.
    public let failureCount: Int
    /// Set exactly while the webhook is off.
    public let disabledAt: String?
    /// When it was stored, UTC.
    public let createdAt: String?
    /// Last change by an admin or by being switched off.
    public let updatedAt: String?
    /// Signing secret with 256 random bits, shown this once.
    public let secret: String
}

/// A webhook with its latest deliveries.
public struct WebhookDetail: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Where deliveries go.
    public let url: String
    /// Types of events that are delivered.
    public let events: [EventType]
    /// A description for people.
    public let description: String?
    /// Whether deliveries are made.
    public let enabled: Bool
    /// Deliveries in a row that failed for good.
    public let failureCount: Int
    /// Set exactly while the webhook is off.
    public let disabledAt: String?
    /// When it was stored, UTC.
    public let createdAt: String?
    /// Last change by an admin or by being switched off.
    public let updatedAt: String?
    /// The latest deliveries.
    public let recentDeliveries: [WebhookDelivery]?
}

/// One delivery of an event.
public struct WebhookDelivery: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Type of the event.
    public let eventType: EventType
    /// Where it stands.
    public let status: DeliveryStatus
    /// Status of the last attempt.
    public let httpStatus: Int?
    /// Number of attempts.
    public let attemptCount: Int
    /// When it was stored, UTC.
    public let createdAt: String?
    /// Nil while pending.
    public let completedAt: String?
}

/// An API key without the key itself.
public struct ApiKey: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Name for people.
    public let name: String
    /// A description for people.
    public let description: String?
    /// The tenant.
    public let tenantId: String
    /// When it was stored, UTC.
    public let createdAt: String
    /// 365 days after creation.
    public let expiresAt: String?
    /// When it was last used, UTC.
    public let lastUsedAt: String?
    /// When it was revoked, UTC.
    public let revokedAt: String?
}

/// All API keys.
public struct ApiKeyList: Codable, Sendable, Equatable {
    /// The records.
    public let items: [ApiKey]
}

/// A new API key.
public struct ApiKeyCreated: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// Name for people.
    public let name: String
    /// The key with 256 random bits, shown this once.
    public let key: String
    /// The tenant.
    public let tenantId: String
    /// When it ends, UTC.
    public let expiresAt: String?
    /// When it was stored, UTC.
    public let createdAt: String
}

/// The tenant's organization record.
public struct Organization: Codable, Sendable, Equatable {
    /// Identifier.
    public let id: String
    /// The tenant.
    public let tenantId: String
    /// Name for people.
    public let name: String
    /// Telephone number.
    public let phone: String?
    /// Postal address.
    public let address: String?
    /// Kind of the tax number.
    public let taxIdType: TaxIdType?
    /// The tax number.
    public let taxIdValue: String?
    /// When it was stored, UTC.
    public let createdAt: String
    /// Nil until the first change after creation.
    public let updatedAt: String?
}

/// A person with access to the tenant, or an invitation.
public struct Member: Codable, Sendable, Equatable {
    /// Identifier of the user.
    public let userId: String?
    /// Electronic mail address.
    public let email: String
    /// What the person may do.
    public let role: MemberRole
    /// Where it stands.
    public let status: MemberStatus
    /// When the person joined, UTC.
    public let joinedAt: String?
    /// When the person was invited, UTC.
    public let invitedAt: String?
    /// When the invitation lapses.
    public let expiresAt: String?
    /// User identifier of who invited.
    public let invitedBy: String?
    /// Identifier of the invitation.
    public let invitationId: String?
}

/// Everybody with access to the tenant.
public struct MemberList: Codable, Sendable, Equatable {
    /// The people.
    public let members: [Member]
}
