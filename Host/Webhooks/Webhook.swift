public import GantryEvents

/// An address outside that hears of a module's events.
public struct Webhook: Sendable, Equatable {
    /// Names it.
    public var id: UniqueIdentifier
    /// Where it is reached.
    public var url: String
    /// Types of events that it subscribes to, as they were given.
    public var events: [String]
    /// What its owner says of it; nil for nothing.
    public var description: String?
    /// Whether it gets events.
    public var isOn: Bool
    /// Deliveries in a row that failed for good.
    public var failureCount: Int64
    /// When it was switched off, in milliseconds since 1970; nil while it is on.
    public var disabledMilliseconds: Int64?
    /// When it was made.
    public var createdMilliseconds: Int64
    /// When it was changed or switched off last.
    public var updatedMilliseconds: Int64
}

/// What became of one event on its way to one webhook.
public struct WebhookDelivery: Sendable, Equatable {
    /// Where it stands.
    public enum State: Int64, Sendable {
        /// It waits, is under way, or will be tried again.
        case pending = 0
        case succeeded = 1
        case failed = 2
    }

    /// Names it.
    public var id: UniqueIdentifier
    /// The webhook that it goes to.
    public var webhook: UniqueIdentifier
    /// Type of the event.
    public var type: String
    /// Where it stands.
    public var state: State
    /// Attempts that are over.
    public var attemptCount: Int64
    /// Status of the last attempt; nil when no answer came.
    public var status: Int64?
    /// What was wrong with the last attempt; empty for nothing.
    public var lastError: String
    /// When the event happened, in milliseconds since 1970.
    public var createdMilliseconds: Int64
    /// When it succeeded or failed; nil while it is pending.
    public var completedMilliseconds: Int64?
    /// When it is tried next; nil when it is over.
    public var nextMilliseconds: Int64?
}

/// What a webhook is to be.
public struct WebhookChange: Sendable {
    /// What is to become of the description.
    public enum Description: Sendable {
        case unchanged
        case none
        case text(String)
    }

    /// Where it is to be reached; nil for no change.
    public var url: String?
    /// What it is to hear of; nil for no change.
    public var events: [String]?
    /// What is to be said of it.
    public var description = Description.unchanged
    /// Whether it is to get events; nil for no change.
    public var isOn: Bool?

    /// Changes nothing.
    public init() {}
}

/// Why something about webhooks was refused or failed.
public struct WebhookError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Sendable {
        /// The URL is not https, or leads to where it must not.
        case urlNotAllowed
        /// The type of events cannot be subscribed to, or there is none.
        case unknownEvent
        /// There are as many as there may be.
        case limitReached
        /// What was given makes no sense.
        case invalid
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence for whoever asked.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
