import Glibc
import NIOCore

/// What the connections of one event loop share. Touched on that loop only.
final class ServerLoop {
    let eventLoop: any EventLoop
    private(set) var isDraining = false
    private(set) var date = [UInt8](repeating: UInt8(ascii: " "), count: HTTPDate.count)
    private var dateSecond = Int.min
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var drained: EventLoopPromise<Void>?

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

    /// Tells all connections to finish; the promise succeeds when the last one has closed.
    func drain(promise: EventLoopPromise<Void>) {
        isDraining = true
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
