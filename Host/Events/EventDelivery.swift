public import GantryCore
import GantryStore

/// An event on its way to one subscriber.
public struct EventDelivery: Sendable {
    /// Its place among all events of the publisher.
    public let sequence: Int64
    /// What the subscriber dedupes by.
    public let id: UniqueIdentifier
    /// The module that published it.
    public let publisher: String
    /// The event's type.
    public let type: String
    /// The ordering key; empty when there is none.
    public let key: String
    /// The event's data, JSON.
    public let data: [UInt8]
    /// When it happened, in milliseconds since 1970.
    public let timeMilliseconds: Int64
    /// The trace in which it happened.
    public let trace: TraceContext
    /// Which attempt this is, counted from 1.
    public let attempt: UInt32
}

extension EventDelivery {
    /// A row of the outbox: sequence, id, type, key, data, time and trace.
    init(_ row: borrowing Row, publisher: String, attempt: UInt32) {
        self.init(
            sequence: row.integer(0),
            id: UniqueIdentifier(bytes: row.bytes(1)) ?? UniqueIdentifier(high: 0, low: 0),
            publisher: publisher,
            type: row.string(2),
            key: row.string(3),
            data: Array(row.bytes(4)),
            timeMilliseconds: row.integer(5),
            trace: TraceContext(bytes: row.bytes(6)),
            attempt: attempt
        )
    }
}

/// What became of one attempt to deliver an event or to run a job.
public enum AttemptOutcome: Sendable, Equatable {
    /// It is done.
    case done
    /// It failed and is tried again later.
    case retry(reason: String)
    /// It failed and no further attempt would help: it is given up at once.
    case giveUp(reason: String)
    /// Nobody was there to try: it waits, and no attempt is counted.
    case unavailable(reason: String)
}
