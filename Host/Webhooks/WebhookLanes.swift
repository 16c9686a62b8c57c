import GantryThreads

/// Bounds how many deliveries of the whole host are under way. Who finds no room waits in line, one place at a time, so
/// that a tenant with many slow receivers does not keep the others from their turn. Any thread; nothing waits.
public final class WebhookLanes: Sendable {
    private struct State {
        var free: Int
        /// Those who are told of room, in their order.
        var waiting: [(owner: ObjectIdentifier, wake: @Sendable () -> Void)] = []
        /// Places that were promised to those who were told.
        var promised: Set<ObjectIdentifier> = []
    }

    private let state: Lock<State>

    /// - Parameter count: how many deliveries may be under way.
    public init(count: Int = 512) {
        state = Lock(State(free: count))
    }

    /// Takes a place. When there is none, `wake` is called once there is one for this owner.
    func take(for owner: AnyObject, orWake wake: @escaping @Sendable () -> Void) -> Bool {
        let owner = ObjectIdentifier(owner)
        return state.withLock { state in
            if state.promised.remove(owner) != nil { return true }
            if state.free > 0 && state.waiting.isEmpty {
                state.free -= 1
                return true
            }
            if !state.waiting.contains(where: { $0.owner == owner }) { state.waiting.append((owner, wake)) }
            return false
        }
    }

    /// Gives a place back.
    func give() {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            let next = state.waiting.removeFirst()
            state.promised.insert(next.owner)
            return next.wake
        }
        wake?()
    }

    /// Hands a place that was promised to an owner and that it has no use for to the next in line.
    func decline(_ owner: AnyObject) {
        let owner = ObjectIdentifier(owner)
        if state.withLock({ $0.promised.remove(owner) != nil }) { give() }
    }

    /// Forgets an owner that is being stopped, with a place that was promised to it.
    func forget(_ owner: AnyObject) {
        let identifier = ObjectIdentifier(owner)
        state.withLock { $0.waiting.removeAll { $0.owner == identifier } }
        decline(owner)
    }
}
