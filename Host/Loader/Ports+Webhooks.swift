/// The webhooks of one instance. What changes something is durable when it returns; everything may wait for the disk.
public protocol WebhookPort: AnyObject, Sendable {
    /// Whether the operator grants webhooks from now on: while he does not, nothing is sent.
    func setGranted(_ isGranted: Bool)
    /// Throws when the URL cannot be one of a webhook, as far as can be said without waiting.
    func check(url: String) throws(PortOutcome)
    /// All of them, oldest first.
    func list() throws(PortOutcome) -> [WebhookRecord]
    /// One with its newest deliveries, newest first; nil when there is none.
    func read(_ id: String, limit: Int) throws(PortOutcome) -> (WebhookRecord, [WebhookDeliveryRecord])?
    /// Makes one; the record holds its secret.
    func create(_ order: WebhookOrder) throws(PortOutcome) -> WebhookRecord
    /// Changes one; nil when there is none.
    func update(_ id: String, _ order: WebhookOrder) throws(PortOutcome) -> WebhookRecord?
    /// Removes one; false when there is none.
    func remove(_ id: String) throws(PortOutcome) -> Bool
    /// Gives one a new secret, which the record holds; nil when there is none.
    func rotateSecret(_ id: String) throws(PortOutcome) -> WebhookRecord?
    /// Queues a trial event; false when there is none.
    func test(_ id: String) throws(PortOutcome) -> Bool
}

/// A webhook as it crosses the interface.
public struct WebhookRecord: Sendable {
    /// Names it.
    public var id: String
    /// Where it is reached.
    public var url: String
    /// What it hears of.
    public var events: [String]
    /// What is said of it; nil for nothing.
    public var description: String?
    /// Its secret where it was just made; else empty.
    public var secret = ""
    /// Whether it gets events.
    public var isOn: Bool
    /// Deliveries in a row that failed for good.
    public var failureCount: UInt64
    /// Milliseconds since 1970; nil while it is on.
    public var disabledMilliseconds: Int64?
    /// Milliseconds since 1970.
    public var createdMilliseconds: Int64
    /// Milliseconds since 1970.
    public var updatedMilliseconds: Int64

    /// A record without a secret.
    public init(
        id: String, url: String, events: [String], description: String?, isOn: Bool, failureCount: UInt64,
        disabledMilliseconds: Int64?, createdMilliseconds: Int64, updatedMilliseconds: Int64
    ) {
        self.id = id
        self.url = url
        self.events = events
        self.description = description
        self.isOn = isOn
        self.failureCount = failureCount
        self.disabledMilliseconds = disabledMilliseconds
        self.createdMilliseconds = createdMilliseconds
        self.updatedMilliseconds = updatedMilliseconds
    }
}

/// A delivery as it crosses the interface.
public struct WebhookDeliveryRecord: Sendable {
    /// Names it.
    public var id: String
    /// Type of its event.
    public var eventType: String
    /// A `gantry_webhook_delivery_state_v1`.
    public var state: UInt32
    /// Status of the last attempt; 0 when no answer came.
    public var status: UInt32
    /// Attempts that are over.
    public var attemptCount: UInt32
    /// Milliseconds since 1970.
    public var createdMilliseconds: Int64
    /// Milliseconds since 1970; 0 while pending.
    public var completedMilliseconds: Int64

    /// A record.
    public init(
        id: String, eventType: String, state: UInt32, status: UInt32, attemptCount: UInt32, createdMilliseconds: Int64,
        completedMilliseconds: Int64
    ) {
        self.id = id
        self.eventType = eventType
        self.state = state
        self.status = status
        self.attemptCount = attemptCount
        self.createdMilliseconds = createdMilliseconds
        self.completedMilliseconds = completedMilliseconds
    }
}

/// What a module wants a webhook to be; what is nil is not given.
public struct WebhookOrder: Sendable {
    /// Where it is to be reached.
    public var url: String?
    /// What it is to hear of.
    public var events: [String]?
    /// What is to be said of it.
    public var description: String?
    /// Whether the description is to go.
    public var dropsDescription: Bool
    /// Whether it is to get events.
    public var isOn: Bool?
}
