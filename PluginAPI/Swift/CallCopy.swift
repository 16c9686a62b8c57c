import CGantry

/// The host's view of a call, copied with its text, for as long as somebody keeps it. What is done with it after the
/// call is over is answered with the status `.stale`.
///
/// `@unchecked Sendable`: the memory is written in the initializer only and freed in deinit.
class CallCopy: @unchecked Sendable {
    let pointer: UnsafePointer<gantry_call_v1>
    private let memory: UnsafeMutablePointer<gantry_call_v1>
    private let tenantBytes: UnsafeMutableBufferPointer<UInt8>

    init(_ call: gantry_call_v1) {
        let tenant = call.tenant.buffer
        tenantBytes = .allocate(capacity: tenant.count)
        _ = tenantBytes.initialize(from: tenant)
        memory = .allocate(capacity: 1)
        memory.initialize(to: call)
        memory.pointee.tenant = gantry_str_v1(borrowing: UnsafeBufferPointer(tenantBytes))
        pointer = UnsafePointer(memory)
    }

    deinit {
        memory.deallocate()
        tenantBytes.deallocate()
    }
}
