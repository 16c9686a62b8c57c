import GantryThreads

/// Looks at something of the operator's from time to time, and at once when it is asked to, on a thread of its own.
final class RegularLook: Sendable {
    private struct State {
        var isAsked = false
        var isStopped = false
    }

    private let state = Monitor(State())

    /// Begins; the first look comes after one interval.
    /// - Parameter look: Called on the thread, one at a time, with whether somebody has asked for it.
    func start(every interval: Duration, _ look: @escaping @Sendable (_ isAsked: Bool) -> Void) {
        DetachedThread.start { [self] in
            while true {
                let isAsked = state.wait(until: .after(interval)) { state -> Bool? in
                    guard state.isAsked || state.isStopped else { return nil }
                    state.isAsked = false
                    return true
                }
                if state.withLock({ $0.isStopped }) { return }
                look(isAsked ?? false)
            }
        }
    }

    /// Has it look now; any thread.
    func ask() {
        state.withLock { $0.isAsked = true }
        state.signal()
    }

    /// No look begins any more. Any thread.
    func stop() {
        state.withLock { $0.isStopped = true }
        state.signal()
    }
}
