import CGantry

/// `gantry.executor`: the host's threads for work that goes on after a handler has returned. Any thread.
enum ExecutorTable {
    static let submit:
        @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_work_fn_v1?, UnsafeMutableRawPointer?) -> Int32 = {
            call, function, context in
            accept(call, function, context) { $0.submit($1) }
        }

    static let submitBlocking:
        @convention(c) (UnsafePointer<gantry_call_v1>?, gantry_work_fn_v1?, UnsafeMutableRawPointer?) -> Int32 = {
            call, function, context in
            accept(call, function, context) { $0.submitBlocking($1) }
        }

    static let submitAfter:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, Int64, gantry_work_fn_v1?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<UInt64>?
        ) -> Int32 = { call, delay, function, context, outTimer in
            accept(call, function, context) { work, piece in
                guard let timer = work.submit(piece, afterNanoseconds: delay) else { return .stale }
                outTimer?.pointee = timer
                return .ok
            }
        }

    static let cancel: @convention(c) (UnsafePointer<gantry_call_v1>?, UInt64) -> Int32 = { call, timer in
        guard let work = work(of: call) else { return ModuleStatus.stale.rawValue }
        return work.cancel(timer: timer).rawValue
    }

    /// Of the call only the instance counts: continuations come when it may be over.
    private static func work(of call: UnsafePointer<gantry_call_v1>?) -> InstanceWork? {
        call.flatMap { ModuleInstance.table.resolve($0.pointee.instance) }?.work
    }

    private static func accept(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: gantry_work_fn_v1?, _ context: UnsafeMutableRawPointer?,
        _ submit: (InstanceWork, InstanceWork.Piece) -> ModuleStatus
    ) -> Int32 {
        guard let function else { return ModuleStatus.invalid.rawValue }
        guard let work = work(of: call) else { return ModuleStatus.stale.rawValue }
        return submit(work, InstanceWork.Piece(function: function, context: context)).rawValue
    }
}
