import CGantry

/// A copy of a call that lives as long as someone keeps it. What is done with it after the call is over is answered
/// with the status `.stale`.
class KeptCall: @unchecked Sendable {
    // Sendable without a lock: the memory is written in the initializer only and freed in deinit.
    let pointer: UnsafePointer<gantry_call_v1>
    let tables: HostTablesBox
    /// Runs the call's task on the thread that waits for it; nil where the host's threads take turns.
    let waiting: CallingThreadExecutor?
    private let memory: UnsafeMutablePointer<gantry_call_v1>
    private let tenantBytes: UnsafeMutableBufferPointer<UInt8>

    init(_ call: gantry_call_v1, _ tables: HostTablesBox, waiting: CallingThreadExecutor? = nil) {
        self.tables = tables
        self.waiting = waiting
        tenantBytes = .allocate(capacity: Int(call.tenant.size))
        _ = tenantBytes.initialize(from: call.tenant.buffer)
        memory = .allocate(capacity: 1)
        memory.initialize(to: call)
        memory.pointee.tenant = gantry_str_v1(borrowing: UnsafeBufferPointer(tenantBytes))
        pointer = UnsafePointer(memory)
    }

    deinit {
        memory.deallocate()
        tenantBytes.deallocate()
    }

    var scope: CallScope { CallScope(call: pointer, tables: UnsafePointer(tables.pointer)) }
}
