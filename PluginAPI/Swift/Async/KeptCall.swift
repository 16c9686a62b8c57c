import CGantry

/// A copy of a call that lives as long as someone keeps it. What is done with it after the call is over is answered
/// with the status `.stale`.
class KeptCall: CallCopy, @unchecked Sendable {
    // Sendable without a lock: everything is written in the initializer only.
    let tables: HostTablesBox
    /// Runs the call's task on the thread that waits for it; nil where the host's threads take turns.
    let waiting: CallingThreadExecutor?

    init(_ call: gantry_call_v1, _ tables: HostTablesBox, waiting: CallingThreadExecutor? = nil) {
        self.tables = tables
        self.waiting = waiting
        super.init(call)
    }

    var scope: CallScope { CallScope(call: pointer, tables: UnsafePointer(tables.pointer)) }
}
