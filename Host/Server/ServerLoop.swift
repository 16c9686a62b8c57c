import Glibc
import NIOCore

/// What the connections of one event loop share. Touched on that loop only.
final class ServerLoop {
    let eventLoop: any EventLoop
    /// Clients are asked not to come back on the same connection.
    private(set) var isEnding = false
    /// No new connection comes, and those that are there end.
    private(set) var isDraining = false
    private(set) var date = [UInt8](repeating: UInt8(ascii: " "), count: HTTPDate.count)
    private var dateSecond = Int.min
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var drained: EventLoopPromise<Void>?
    /// Requests that were under way when the end was announced.
    private var fromBefore: [(connection: ServerConnection, exchange: Exchange)] = []

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func add(_ connection: ServerConnection) {
        connections[ObjectIdentifier(connection)] = connection
        if isDraining { connection.drain() }
    }

    func remove(_ connection: ServerConnection) {
        connections[ObjectIdentifier(connection)] = nil
        completeDrainIfEmpty()
    }

    /// From now on answers ask clients to close.
    func announceEnd() {
        isEnding = true
        fromBefore = connections.values.compactMap { connection in
            connection.queue.first.map { (connection, $0) }
        }
    }

    /// Whether somebody still waits for an answer who waited when the end was announced. Who receives events for as long
    /// as he likes does not count: he is told when the end comes.
    var hasWorkFromBefore: Bool {
        fromBefore.removeAll { connection, exchange in
            connection.queue.first !== exchange || exchange.isEventStream
        }
        return !fromBefore.isEmpty
    }

    /// Tells all connections to finish; the promise succeeds when the last one has closed.
    func drain(promise: EventLoopPromise<Void>) {
        isEnding = true
        isDraining = true
        fromBefore = []
        drained?.futureResult.cascade(to: promise)
        if drained == nil { drained = promise }
        for connection in Array(connections.values) { connection.drain() }
        completeDrainIfEmpty()
    }

    /// Closes what is left.
    func closeAll() {
        for connection in Array(connections.values) { connection.closeNow() }
    }

    private func completeDrainIfEmpty() {
        guard connections.isEmpty, let promise = drained else { return }
        drained = nil
        promise.succeed(())
    }

    /// Renews the text of the Date header when the second has changed.
    func refreshDate() {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        guard now.tv_sec != dateSecond else { return }
        dateSecond = now.tv_sec
        HTTPDate.write(second: now.tv_sec, into: &date)
    }
}
