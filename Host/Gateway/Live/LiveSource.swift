/// Where the events of tenants come from that live streams show. Implemented by the runtime. Any thread.
public protocol LiveSource: Sendable {
    /// Hands a tenant's events over as they happen.
    /// - Parameters:
    ///   - receive: takes them in their order, on any thread; it is brief.
    ///   - ready: called once: true from when on nothing is missed, false when the events cannot be had.
    func follow(
        tenant: String, receive: @escaping @Sendable ([LiveFrame]) -> Void, ready: @escaping @Sendable (Bool) -> Void
    ) -> any LiveFollowing
}

/// Somebody who follows a tenant's events.
public protocol LiveFollowing: Sendable {
    /// Hands over no further event, except for one that is just on its way.
    func cancel()
}
