import CGantry

/// An event as it is delivered. It cannot be kept beyond the handler; strings made from it are copies.
///
/// Delivery is at least once: dedupe by `id` in the transaction that does the work.
public struct Event: EventContent, ~Copyable {
    /// What was received.
    public let content: EventPointer

    init(raw: UnsafePointer<gantry_event_v1>) {
        content = EventPointer(raw: raw)
    }
}

/// Where an event lies in memory. Opaque to modules.
public struct EventPointer {
    let raw: UnsafePointer<gantry_event_v1>
}

/// What an event says, borrowed or copied.
public protocol EventContent: ~Copyable {
    /// What was received.
    var content: EventPointer { get }
}

extension EventContent where Self: ~Copyable {
    var raw: UnsafePointer<gantry_event_v1> { content.raw }

    /// The id by which to dedupe.
    public var id: String { raw.pointee.id.string }

    /// The id of the module that published it.
    public var source: String { raw.pointee.source.string }

    /// The type, such as `guestbook.entry.signed`.
    public var type: String { raw.pointee.type.string }

    /// The ordering key; empty when there is none.
    public var key: String { raw.pointee.key.string }

    /// When it was published, in milliseconds since 1970.
    public var timeMilliseconds: Int64 { raw.pointee.time_milliseconds }

    /// How often it has been delivered to this subscription, this time included.
    public var attempt: Int { Int(raw.pointee.attempt) }

    /// Its data, read in place; borrowed.
    public var data: JSONValue { withUnsafePointer(to: raw.pointee.data) { JSONCoding.root(of: $0) } }

    /// Its data as a value of `type`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONCoding.decode(type, from: data)
    }
}

/// A job as it is run. It cannot be kept beyond the handler; strings made from it are copies.
///
/// A run that throws, or is cut off by a crash, is repeated: do the work in a transaction, or so that it can be
/// repeated.
public struct Job: JobContent, ~Copyable {
    /// What was received.
    public let content: JobPointer

    init(raw: UnsafePointer<gantry_job_v1>) {
        content = JobPointer(raw: raw)
    }
}

/// Where a job lies in memory. Opaque to modules.
public struct JobPointer {
    let raw: UnsafePointer<gantry_job_v1>
}

/// What a job says, borrowed or copied.
public protocol JobContent: ~Copyable {
    /// What was received.
    var content: JobPointer { get }
}

extension JobContent where Self: ~Copyable {
    var raw: UnsafePointer<gantry_job_v1> { content.raw }

    /// The job's id.
    public var id: String { raw.pointee.id.string }

    /// How often it has been started, this time included.
    public var attempt: Int { Int(raw.pointee.attempt) }

    /// Its payload, read in place; borrowed.
    public var payload: JSONValue { withUnsafePointer(to: raw.pointee.payload) { JSONCoding.root(of: $0) } }

    /// Its payload as a value of `type`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONCoding.decode(type, from: payload)
    }
}
