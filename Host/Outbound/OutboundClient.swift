/// The host's client for requests of modules to other servers: one thread for all of them, started at the first
/// request. Any thread.
public final class OutboundClient: Sendable {
    private let engine = OutboundEngine()

    /// A client that has not begun to do anything.
    public init() {}

    /// The way out of one module of one tenant.
    public func scope(_ policy: OutboundPolicy) -> OutboundScope { OutboundScope(policy: policy, engine: engine) }

    /// Cancels everything and ends the thread. Blocks until it has ended.
    public func stop() { engine.stop() }
}
