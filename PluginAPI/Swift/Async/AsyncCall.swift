import CGantry

/// A call that an asynchronous handler works for: its copy, its task, and what its stream is waited for.
final class AsyncCall: KeptCall, @unchecked Sendable {
    // Guard: what changes lies behind `state`; for the rest see `KeptCall`.
    private struct State {
        var task: Task<Void, Never>?
        /// What runs the task, where its pieces could be run within its cancellation.
        var executor: HostExecutor?
        var isOver = false
        /// Which events have been told and not waited for yet.
        var told: UInt32 = 0
        var waiter: (events: UInt32, continuation: CheckedContinuation<Void, any Error>)?
    }

    private let state = Monitor(State())

    /// The task to cancel when the call is over.
    func cancels(_ task: Task<Void, Never>, on executor: HostExecutor? = nil) {
        let isOver = state.withLock { state in
            state.task = task
            state.executor = executor
            return state.isOver
        }
        if isOver { cancelTask() }
    }

    private func cancelTask() {
        let (task, executor) = state.withLock { ($0.task, $0.executor) }
        guard let task else { return }
        if let executor { executor.cancel(task) } else { task.cancel() }
    }

    /// Cancels the call's task, and fails what it waits for.
    func cancel() {
        let waiter = state.withLock { state in
            state.isOver = true
            defer { state.waiter = nil }
            return state.waiter
        }
        cancelTask()
        waiter?.continuation.resume(throwing: HostError(.cancelled, message: "The call is over"))
    }

    /// Has the host tell when the client leaves, the deadline passes, or the stream can go on. A host without streams
    /// tells nothing; then `isCancelled` is what there is.
    func watch() {
        guard let table = tables.pointer.pointee.stream.table else { return }
        let ticket = Ticket.issue(self)
        // On success the ticket is redeemed by CLOSED, which comes exactly once.
        if table.pointee.watch.unsafelyUnwrapped(pointer, Self.wake, ticket) != Status.ok.rawValue {
            _ = Ticket.redeem(ticket, as: AsyncCall.self)
        }
    }

    private static let wake: gantry_wake_fn_v1 = { ticket, events in
        guard let call = Ticket.object(ticket, as: AsyncCall.self) else { return Status.stale.rawValue }
        call.tell(events)
        if events & GANTRY_STREAM_CLOSED.rawValue != 0, Ticket.redeem(ticket, as: AsyncCall.self) != nil {
            call.cancel()
        }
        return Status.ok.rawValue
    }

    private func tell(_ events: UInt32) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            state.told |= events
            guard let waiter = state.waiter, waiter.events & state.told != 0 else { return nil }
            state.told &= ~waiter.events
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }

    /// Waits until the stream can go on; one task at a time. Throws `HostError` with `.cancelled` once the call is
    /// over.
    func wait(for event: gantry_stream_event_v1) async throws {
        let isOver = HostError(.cancelled, message: "The call is over")
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let outcome = state.withLock { state -> Result<Void, any Error>? in
                if state.isOver { return .failure(isOver) }
                if state.told & event.rawValue != 0 {
                    state.told &= ~event.rawValue
                    return .success(())
                }
                guard state.waiter == nil else {
                    return .failure(HostError(.invalid, message: "Two tasks wait for one stream"))
                }
                state.waiter = (event.rawValue, continuation)
                return nil
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }
}
