import CCurl
public import GantryCore
import GantryThreads
import Synchronization

/// The way out of one module of one tenant: its policy, and connections that no other scope uses. Any thread.
public final class OutboundScope: Sendable {
    let policy: OutboundPolicy
    private let engine: OutboundEngine
    private let count = Atomic<Int>(0)
    private let closed = Atomic<Bool>(false)
    /// Hosts that the operator has taken away since the scope was made.
    private let withheld = Lock<[HostPattern]>([])

    // Guard: only the engine's thread touches what follows.
    /// Keeps connections apart from other scopes'; made at the first request, dropped when the scope is quiet.
    nonisolated(unsafe) var connections: UnsafeMutableRawPointer?
    nonisolated(unsafe) var transferCount = 0
    nonisolated(unsafe) var lastUse = Deadline.now

    init(policy: OutboundPolicy, engine: OutboundEngine) {
        self.policy = policy
        self.engine = engine
    }

    /// Requests that are under way.
    public var requestsUnderWay: Int { count.load(ordering: .relaxed) }

    /// Begins a request whose body comes in pieces. Throws when it is refused at once; after that the receiver hears
    /// everything.
    /// - Parameter credit: Bytes of the body that may come before `grant`.
    public func begin(
        _ request: OutboundRequest, credit: Int, receiver: any OutboundReceiver
    ) throws(OutboundError) -> OutboundTask {
        try request.check()
        let target = try OutboundTarget(request.url)
        try check(target)
        guard !closed.load(ordering: .acquiring) else {
            throw OutboundError(.cancelled, "The module is being stopped.")
        }
        guard count.add(1, ordering: .acquiringAndReleasing).newValue <= policy.maximumConcurrentRequests else {
            count.subtract(1, ordering: .releasing)
            throw OutboundError(
                .busy, "\(policy.maximumConcurrentRequests) requests of this module are under way; no more are begun.")
        }
        let task = OutboundTask(engine: engine, credit: credit)
        engine.send(.start(Transfer(request, target: target, task: task, scope: self, receiver: receiver)))
        return task
    }

    /// Sends a request and gives its answer as a whole, on the client's thread: `completion` must be brief. It is
    /// called exactly once.
    @discardableResult
    public func send(
        _ request: OutboundRequest,
        completion: @escaping @Sendable (Result<(OutboundAnswer, [UInt8]), OutboundError>) -> Void
    ) -> OutboundTask? {
        do throws(OutboundError) {
            return try begin(request, credit: .max >> 1, receiver: OutboundCollector(completion: completion))
        } catch {
            completion(.failure(error))
            return nil
        }
    }

    /// Takes hosts away, instead of those that were taken away before: no request is begun to them, and no redirection
    /// followed.
    public func withhold(_ hosts: [HostPattern]) { withheld.withLock { $0 = hosts } }

    /// Throws when a request may not go there, the first or one that a redirection leads to.
    func check(_ target: OutboundTarget) throws(OutboundError) {
        try policy.check(target)
        let isWithheld = withheld.withLock { hosts in
            hosts.contains { $0.allows(host: target.host, port: target.port, defaultPort: target.defaultPort) }
        }
        if isWithheld {
            throw OutboundError(
                .hostNotAllowed, "The host `\(target.place)` is on the module's list; the operator took it away.")
        }
    }

    /// Cancels what is under way and closes the connections. Nothing can be sent afterwards.
    public func close() {
        closed.store(true, ordering: .releasing)
        engine.send(.close(self))
    }

    var isClosed: Bool { closed.load(ordering: .acquiring) }

    func end() { count.subtract(1, ordering: .releasing) }
}
