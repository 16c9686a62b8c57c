import CGantry

/// An event as an asynchronous handler receives it: a copy, so that it may be kept across `await`.
public struct AsyncEvent: EventContent, Sendable {
    private let copy: EventCopy

    init(_ raw: UnsafePointer<gantry_event_v1>) { copy = EventCopy(raw.pointee) }

    /// What was received.
    public var content: EventPointer { EventPointer(raw: copy.pointer) }
}

/// A job as an asynchronous handler receives it: a copy, so that it may be kept across `await`.
public struct AsyncJob: JobContent, Sendable {
    private let copy: JobCopy

    init(_ raw: UnsafePointer<gantry_job_v1>) { copy = JobCopy(raw.pointee) }

    /// What was received.
    public var content: JobPointer { JobPointer(raw: copy.pointer) }
}
