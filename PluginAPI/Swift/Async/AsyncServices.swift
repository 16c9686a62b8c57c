import CGantry

/// The services of what runs in pieces on the host's threads: everything that would wait is `async` here.
///
/// The values are `Sendable` and may be handed to child tasks. What outlives its call throws `HostError` with `.stale`.
public protocol AsyncServices: HostServices, Sendable {
    /// The call that the services work for.
    var call: AsyncCallReference { get }
}

/// A call that is kept until nobody needs it any more. Opaque to modules.
public struct AsyncCallReference: Sendable {
    let value: KeptCall
}

extension AsyncServices {
    /// The call that the services work for.
    public var scope: CallScope { call.value.scope }

    /// The instance's own database; needs the capability `database`.
    public var database: AsyncDatabase { AsyncDatabase(call: call.value) }

    /// HTTP requests to the outside; needs the capability `http_client` and the hosts under `outbound`.
    public var http: AsyncHTTPClient { AsyncHTTPClient(call: call.value) }

    /// Spans within the trace of the call.
    public var trace: AsyncTrace { AsyncTrace(call: call.value) }

    /// The host's clock, which also lets a task sleep. `Task.sleep` would start threads of the module's own.
    public var clock: AsyncClock { AsyncClock(call: call.value) }

    /// Runs `body` on a thread that may wait, for what has no `async` form: blobs, minting tokens, long computations.
    ///
    /// It runs beside everything else, also of an instance that is entered serially, so it must not touch the
    /// instance's state. Throws `HostError` with `.busy` when too much of it is queued.
    public func blocking<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing CallContext) throws -> Result
    ) async throws -> Result {
        let call = call.value
        let table = try call.tables.pointer.pointee.executor.get()
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Result, any Error>) in
            let work = BlockingWork {
                let result = Swift.Result { try body(CallContext(scope: call.scope)) }
                continuation.resume(with: result)
            }
            let ticket = Ticket.issue(work)
            let status = table.pointee.submit_blocking.unsafelyUnwrapped(call.pointer, BlockingWork.run, ticket)
            do throws(HostError) {
                try HostError.checkAccepted(status, "gantry.executor submit_blocking")
            } catch {
                if Ticket.redeem(ticket, as: BlockingWork.self) != nil { continuation.resume(throwing: error) }
            }
        }
    }
}

/// Work on its way through the interface.
private final class BlockingWork: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static let run: gantry_work_fn_v1 = { ticket in
        guard let work = Ticket.redeem(ticket, as: BlockingWork.self) else { return Status.already.rawValue }
        work.body()
        return Status.ok.rawValue
    }
}

/// What the asynchronous handler of an event or a job works with.
public struct AsyncContext: AsyncServices {
    /// The call that the services work for.
    public let call: AsyncCallReference

    init(_ call: KeptCall) { self.call = AsyncCallReference(value: call) }
}
