import Glibc
import NIOCore

/// A connection, as far as the loop that it belongs to is concerned. Event loop only.
protocol LoopMember: AnyObject {
    /// Requests that are taken and not answered to the end.
    var underWay: [Exchange] { get }
    /// Asks the client not to send its next request here.
    func announceEnd()
    /// Takes no further request after those that the client may have sent already, and closes when all are answered.
    func drain()
    /// Closes at once.
    func closeNow()
}

/// What the connections of one event loop share. Touched on that loop only.
final class ServerLoop {
    let eventLoop: any EventLoop
    /// Clients are asked not to come back on the same connection.
    private(set) var isEnding = false
    /// No new connection comes, and those that are there end.
    private(set) var isDraining = false
    private(set) var date = [UInt8](repeating: UInt8(ascii: " "), count: HTTPDate.count)
    private var dateSecond = Int.min
    private var connections: [ObjectIdentifier: any LoopMember] = [:]
    private var drained: EventLoopPromise<Void>?
    /// Requests that were under way when the end was announced.
    private var fromBefore: [(connection: any LoopMember, exchange: Exchange)] = []
    /// Makes the headers of answers over HTTP/2.
    private(set) lazy var fields = HTTP2Fields()

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func add(_ connection: any LoopMember) {
        connections[ObjectIdentifier(connection)] = connection
        if isDraining { connection.drain() }
    }

    func remove(_ connection: any LoopMember) {
        connections[ObjectIdentifier(connection)] = nil
        completeDrainIfEmpty()
    }

    /// From now on answers ask clients to close.
    func announceEnd() {
        isEnding = true
        fromBefore = connections.values.flatMap { connection in
            connection.underWay.map { (connection, $0) }
        }
        for connection in Array(connections.values) { connection.announceEnd() }
    }

    /// Whether somebody still waits for an answer who waited when the end was announced. Who receives events for as
    /// long as he likes does not count: he is told when the end comes.
    var hasWorkFromBefore: Bool {
        fromBefore.removeAll { connection, exchange in
            exchange.isEventStream || !connection.underWay.contains { $0 === exchange }
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
