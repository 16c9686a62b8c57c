import CGantryProxy
import GantryThreads

/// The worker, held by what may outlive it.
struct WorkerReference: Sendable {
    weak var worker: WorkerProcess?
}

/// What a channel asks of the host: threads, and whose handles are whose. It outlives the worker by the channel's own
/// threads.
final class WorkerOwner: Sendable {
    let worker = Lock(WorkerReference())

    /// Starts a thread that serves a lane.
    static let start: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UInt32) -> Int32 = { _, channel, lane in
        guard let channel else { return 0 }
        let lane = Lane(channel: channel, number: lane)
        DetachedThread.start { gantry_channel_serve(lane.channel, lane.number) }
        return 1
    }

    /// Whether the handles that a worker names are its own. What is over is nobody's: the tables say so.
    static let admits: @convention(c) (UnsafeMutableRawPointer?, UInt64, UInt64) -> Int32 = { context, call, instance in
        guard let context else { return 0 }
        let owner = Unmanaged<WorkerOwner>.fromOpaque(context).takeUnretainedValue()
        guard let worker = owner.worker.withLock({ $0.worker }) else { return 0 }
        let called = ModuleCall.table.resolve(call)?.instance
        let named = ModuleInstance.table.resolve(instance)
        for one in [called, named].compactMap(\.self) where one.module.worker !== worker { return 0 }
        if let called, let named, called !== named { return 0 }
        var admission = UInt32(GANTRY_CHANNEL_ADMITTED.rawValue)
        if called == nil { admission |= UInt32(GANTRY_CHANNEL_CALL_OVER.rawValue) }
        if named == nil { admission |= UInt32(GANTRY_CHANNEL_INSTANCE_OVER.rawValue) }
        return Int32(admission)
    }

    /// Nothing of the channel asks any more.
    static let released: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
        if let context { Unmanaged<WorkerOwner>.fromOpaque(context).release() }
    }

    /// Serves what a handler asks for that must not wait, on a thread of the host that might.
    static let brief: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Void = { _, begins in
        ThreadRule.note(isBrief: begins != 0)
    }

    private struct Lane: @unchecked Sendable {
        // The channel takes calls on any thread.
        let channel: OpaquePointer
        let number: UInt32
    }
}
