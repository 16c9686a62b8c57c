public import GantryCore

/// A job that is run.
public struct JobRun: Sendable {
    /// Its place among all jobs of the database.
    let sequence: Int64
    /// What it is known by.
    public let id: UniqueIdentifier
    /// Which of the module's jobs it is.
    public let name: String
    /// Its key; empty when there is none.
    public let key: String
    /// What it is to do, JSON.
    public let payload: [UInt8]
    /// The trace in which it was queued.
    public let trace: TraceContext
    /// Which attempt this is, counted from 1. A run that was cut off by a crash counts.
    public let attempt: UInt32
    /// It is tried so often at least, whatever the module's policy says; 0 where nobody has granted an attempt.
    let granted: UInt32
}
