/// What a transaction has left for others to do once it is committed.
public struct CommitSignals: OptionSet, Sendable {
    /// The set's bits.
    public let rawValue: UInt8

    /// A set of bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Events were published.
    public static let events = CommitSignals(rawValue: 1)
    /// Jobs were queued.
    public static let jobs = CommitSignals(rawValue: 2)
    /// Something is to be sent to webhooks.
    public static let deliveries = CommitSignals(rawValue: 4)
}
