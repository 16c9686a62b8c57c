import CGantry
import CGantryProxy
public import GantryCore
public import GantryJSON

extension ModuleInstance {
    /// Has a worker run the handler of an operation that does not wait, and does not wait for it either. False when
    /// that cannot be, and nothing was done: `handle` on a thread that may wait is the other way. As there, the sink
    /// gets exactly one answer, and `body` and `nodes` are borrowed until this returns.
    public func begin(
        _ request: borrowing ModuleRequest, body: UnsafeRawBufferPointer, nodes: UnsafeBufferPointer<JSONNode>,
        deadlineNanoseconds: Int64, trace: TraceContext, sink: any ReplySink
    ) -> Bool {
        guard let worker = module.worker, !module.isRecorded, !gate.isSerial, module.http?.handle != nil,
            !module.mayWait(request.operation), let pointer = beginCall()
        else { return false }
        let call = ModuleCall(
            instance: self, sink: sink, deadlineNanoseconds: deadlineNanoseconds, trace: trace,
            principal: request.principal, what: .operation(request.operation))
        var context = self.context(of: call)
        let quick = QuickCall(call: call, calls: worker.calls, number: worker.calls.begin(call, mayTakeLong: false))
        let kept = Unmanaged.passRetained(quick)
        let status = withInterfaceRequest(request, body: body, nodes: nodes) { request in
            gantry_channel_handle(pointer, &context, request, QuickCall.done, kept.toOpaque())
        }
        if status == ModuleStatus.ok.rawValue { return true }
        kept.release()
        worker.calls.end(quick.number)
        endCall()
        call.end()
        return false
    }
}

/// A call that a worker serves and nobody waits for.
private final class QuickCall: Sendable {
    let call: ModuleCall
    let calls: WorkerCalls
    /// Among those that the worker is watched for.
    let number: UInt64

    init(call: ModuleCall, calls: WorkerCalls, number: UInt64) {
        self.call = call
        self.calls = calls
        self.number = number
    }

    /// The handler has returned, or the worker has ended.
    static let done: gantry_channel_done_fn = { context, status in
        guard let context else { return }
        let quick = Unmanaged<QuickCall>.fromOpaque(context).takeRetainedValue()
        quick.calls.end(quick.number)
        quick.call.instance.finish(quick.call, ModuleStatus(rawValue: status))
    }
}
