import CGantry
import GantryThreads

/// The streams of one call, and whom the module wants to be woken. Any thread.
final class CallStream: Sendable {
    private struct State: @unchecked Sendable {
        // Guard: the context is the module's and only handed to its function, by one thread at a time.
        var wake: gantry_wake_fn_v1?
        var context: UnsafeMutableRawPointer?
        var signals: StreamSignals = []
        var isWaking = false
        /// The request is over.
        var isClosed = false
        /// The module was told of it.
        var isOver = false
    }

    let port: any StreamPort
    private let instance: ModuleInstance
    private let state = Monitor(State())

    init(port: any StreamPort, instance: ModuleInstance) {
        self.port = port
        self.instance = instance
    }

    /// Begins to listen; `onClose` is called when the request is over from the outside.
    func open(onClose: @escaping @Sendable () -> Void) {
        port.observe { [self] signals in
            if signals.contains(.closed) { onClose() }
            tell(signals)
        }
    }

    /// Names the function that is woken; false when there is one.
    func watch(_ wake: gantry_wake_fn_v1, _ context: UnsafeMutableRawPointer?) -> Bool {
        let isNew = state.withLock { state in
            if state.wake != nil { return false }
            state.wake = wake
            state.context = context
            return true
        }
        if isNew { tell([]) }
        return isNew
    }

    /// Something has changed: wakes whoever waits or watches.
    func tell(_ signals: StreamSignals) {
        let wakes = state.withLock { state in
            if state.isOver { return false }
            state.signals.formUnion(signals)
            if signals.contains(.closed) { state.isClosed = true }
            guard state.wake != nil, !state.signals.isEmpty, !state.isWaking else { return false }
            state.isWaking = true
            return true
        }
        state.broadcast()
        guard wakes else { return }
        // One that takes none any more has been told of the end of all its calls.
        _ = instance.work.submit { [self] in wakeAll() }
    }

    /// Calls the module's function until nothing is left to tell: one call at a time.
    private func wakeAll() {
        while true {
            let next = state.withLock { state -> State? in
                guard let next = state.signals.isEmpty ? nil : state else {
                    state.isWaking = false
                    return nil
                }
                state.signals = []
                if next.signals.contains(.closed) { state.isOver = true }
                return next
            }
            guard let next, let wake = next.wake else { return }
            _ = instance.enter(mayWait: false, mayTakeLong: true) { wake(next.context, next.signals.rawValue) }
            if next.signals.contains(.closed) { return }
        }
    }

    /// Waits until one of the signals holds; nil when the request is over or the deadline has passed.
    func wait(for wanted: StreamSignals, deadlineNanoseconds: Int64) -> StreamSignals? {
        let deadline =
            deadlineNanoseconds == 0 ? Deadline.never : Deadline(monotonicNanoseconds: deadlineNanoseconds)
        let ready = port.poll(wanted)
        if !ready.isEmpty { return ready }
        let signals = state.wait(until: deadline) { state -> StreamSignals? in
            let found = state.signals.intersection(wanted.union(.closed)).union(state.isClosed ? .closed : [])
            guard !found.isEmpty else { return nil }
            state.signals.subtract(found.subtracting(.closed))
            return found
        }
        guard let signals, !signals.contains(.closed) else { return nil }
        return signals
    }

    /// Whether the request is over.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whether a function watches.
    var isWatched: Bool { state.withLock { $0.wake != nil } }
}
