import CGantry

/// The host's clock for asynchronous handlers.
public struct AsyncClock: Sendable {
    let call: KeptCall

    /// Milliseconds since 1970-01-01T00:00:00Z.
    public func milliseconds() throws(HostError) -> Int64 { try Clock(scope: call.scope).milliseconds() }

    /// The present time as RFC 3339 text in UTC.
    public func timestamp() throws(HostError) -> String { try Clock(scope: call.scope).timestamp() }

    /// Nanoseconds of a clock that never goes back; the one deadlines are given in.
    public func monotonicNanoseconds() throws(HostError) -> Int64 {
        try Clock(scope: call.scope).monotonicNanoseconds()
    }

    /// Waits without a thread. Throws `CancellationError` when the task is cancelled meanwhile.
    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        let nanoseconds = max(0, duration.wholeNanoseconds)
        let sleeper = Sleeper(call: call)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard sleeper.begin(continuation) else { return continuation.resume(throwing: CancellationError()) }
                do throws(HostError) {
                    // A thread that waits for the task wakes it, too: of an instance that is entered serially, the
                    // host's timers cannot fire before that thread has left.
                    call.waiting?.wake(afterNanoseconds: nanoseconds) { sleeper.end() }
                    try sleeper.setTimer(afterNanoseconds: nanoseconds)
                } catch {
                    if call.waiting == nil { sleeper.end(throwing: error) }
                }
            }
        } onCancel: {
            sleeper.end(throwing: CancellationError())
        }
    }
}

/// One sleeping task: woken by the timer or by its cancellation, whichever comes first.
private final class Sleeper: Sendable {
    private enum Phase {
        case new
        case asleep(CheckedContinuation<Void, any Error>)
        case over
    }

    private struct State {
        var phase = Phase.new
        /// The host's timer, while it is set and nobody has taken it back.
        var timer: (number: UInt64, ticket: UnsafeMutableRawPointer)?
    }

    private let call: KeptCall
    private let state = Monitor(State())

    init(call: KeptCall) { self.call = call }

    /// False when the sleep is over before it began.
    func begin(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
        state.withLock { state in
            guard case .new = state.phase else { return false }
            state.phase = .asleep(continuation)
            return true
        }
    }

    func setTimer(afterNanoseconds delay: Int64) throws(HostError) {
        let table = try call.tables.pointer.pointee.executor.get()
        var timer: UInt64 = 0
        let ticket = Ticket.issue(self)
        let status = table.pointee.submit_after.unsafelyUnwrapped(call.pointer, delay, Self.wake, ticket, &timer)
        do throws(HostError) {
            try HostError.checkAccepted(status, "gantry.executor submit_after")
        } catch {
            _ = Ticket.redeem(ticket, as: Sleeper.self)
            throw error
        }
        let isOver = state.withLock { state in
            state.timer = (timer, ticket)
            if case .over = state.phase { return true }
            return false
        }
        if isOver { takeBackTimer() }
    }

    func end(throwing error: (any Error)? = nil) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            defer { state.phase = .over }
            guard case .asleep(let continuation) = state.phase else { return nil }
            return continuation
        }
        takeBackTimer()
        // Last: whoever slept may go on within this call, and let go of the sleeper.
        if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
    }

    /// Gives the timer back, and with it the ticket that it holds, unless it has fired.
    private func takeBackTimer() {
        let timer = state.withLock { state in
            defer { state.timer = nil }
            return state.timer
        }
        guard let timer, let table = call.tables.pointer.pointee.executor.table else { return }
        if table.pointee.cancel.unsafelyUnwrapped(call.pointer, timer.number) == Status.ok.rawValue {
            _ = Ticket.redeem(timer.ticket, as: Sleeper.self)
        }
    }

    private static let wake: gantry_work_fn_v1 = { ticket in
        guard let sleeper = Ticket.redeem(ticket, as: Sleeper.self) else { return Status.already.rawValue }
        sleeper.state.withLock { $0.timer = nil }
        sleeper.end()
        return Status.ok.rawValue
    }
}
