/// A webhook to be made.
public struct NewWebhook: Encodable, Sendable, Equatable {
    /// Where deliveries go.
    public var url: String
    /// Types of events that are delivered.
    public var events: [EventType]
    /// A description for people.
    public var description: String?

    /// Creates a webhook.
    public init(url: String, events: [EventType], description: String? = nil) {
        self.url = url
        self.events = events
        self.description = description
    }
}

/// A change of a webhook; what is nil stays.
public struct WebhookChange: Encodable, Sendable, Equatable {
    /// Where deliveries go.
    public var url: String?
    /// Types of events that are delivered.
    public var events: [EventType]?
    /// A description for people.
    public var description: FieldChange<String>
    /// Whether deliveries are made.
    public var enabled: Bool?

    /// Creates a change.
    public init(
        url: String? = nil, events: [EventType]? = nil, description: FieldChange<String> = .keep,
        enabled: Bool? = nil
    ) {
        self.url = url
        self.events = events
        self.description = description
        self.enabled = enabled
    }

    /// Writes what changes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(url, forKey: .url)
        try container.encodeIfPresent(events, forKey: .events)
        try container.encode(description, forKey: .description)
        try container.encodeIfPresent(enabled, forKey: .enabled)
    }

    private enum CodingKeys: String, CodingKey { case url, events, description, enabled }
}

/// An API key to be made.
struct NewApiKey: Encodable {
    var name: String
    var description: String?
}

/// The organization record as it is to be; what is left out becomes empty.
public struct OrganizationRecord: Encodable, Sendable, Equatable {
    /// Name of the organization.
    public var name: String
    /// Telephone number in the international form of E.164.
    public var phone: String?
    /// Postal address.
    public var address: String?
    /// Kind of the tax number; comes with `taxIdValue`.
    public var taxIdType: TaxIdType?
    /// The tax number; comes with `taxIdType`.
    public var taxIdValue: String?

    /// Creates a record.
    public init(
        name: String, phone: String? = nil, address: String? = nil, taxIdType: TaxIdType? = nil,
        taxIdValue: String? = nil
    ) {
        self.name = name
        self.phone = phone
        self.address = address
        self.taxIdType = taxIdType
        self.taxIdValue = taxIdValue
    }
}
