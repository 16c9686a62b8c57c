import NIOCore
import NIOHTTP2

/// How an HTTP/2 connection ends, and when.
extension HTTP2Connection: LoopMember {
    /// Time in which a client answers the question whether it has seen that the connection ends.
    private static let announcementTime = TimeAmount.seconds(1)

    /// Time that a client has to read why it is sent away.
    static let faultLingerTime = TimeAmount.milliseconds(100)

    var underWay: [Exchange] { streams.values.compactMap(\.exchange) }

    /// Tells the client to take another connection for its next request; what is on its way is still taken.
    func announceEnd() {
        guard ending == .none, context != nil else { return }
        ending = .announced
        writeAnnouncement()
        // Its answer comes after everything that was sent before it was read.
        write(.rootStream, .ping(HTTP2PingData(withInteger: 0), ack: false))
        flush()
        channel.eventLoop.assumeIsolated().scheduleTask(in: Self.announcementTime) { self.announcementWasSeen() }
    }

    /// Says that the connection ends, and not yet with which request. NIO's handler would refuse all requests from
    /// then on, so the frame goes past it.
    private func writeAnnouncement() {
        guard let frames, let front = try? channel.pipeline.syncOperations.context(handler: frames) else { return }
        let head: [UInt8] = [0, 0, 8, 7, 0, 0, 0, 0, 0]
        let lastStream: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF]
        let noError: [UInt8] = [0, 0, 0, 0]
        front.write(NIOAny(IOData.byteBuffer(allocator.buffer(bytes: head + lastStream + noError))), promise: nil)
    }

    /// Takes no request that the client has not sent already, and closes when everything under way is answered.
    func drain() {
        announceEnd()
        if isAnnouncementSeen { refuseMore() }
        for stream in Array(streams.values) {
            guard let exchange = stream.exchange, exchange.isStreaming, exchange.isEventStream else { continue }
            exchange.stream.finish()
        }
        closeIfDone()
    }

    /// From now on no request is taken.
    func announcementWasSeen() {
        isAnnouncementSeen = true
        if loop.isDraining { refuseMore() }
    }

    private func refuseMore() {
        guard ending == .announced else { return }
        ending = .refusing
        write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil))
        flush()
        closeIfDone()
    }

    /// Closes a connection that ends and has nothing under way.
    func closeIfDone() {
        guard ending == .refusing, streams.isEmpty else { return }
        ending = .lingering
        // While the server ends, others wait for that.
        linger(for: loop.isDraining ? min(times.linger, Self.faultLingerTime) : times.linger)
    }

    /// Says that nothing more will come, and waits a little for the client to close.
    func linger(for time: TimeAmount) {
        context?.close(mode: .output, promise: nil)
        moveDeadline(after: time)
        for stream in Array(streams.values) { stream.leave() }
        streams = [:]
    }

    func closeNow() {
        context?.close(promise: nil)
    }

    // MARK: Times

    /// Moves the time limit of the connection itself, which counts while it has no streams.
    func moveDeadline(after time: TimeAmount) {
        deadline = .now() + time
        schedule(deadline)
    }

    /// Sees to it that the times are looked at by then. One timer serves the connection with all its streams.
    func schedule(_ deadline: NIODeadline) {
        guard context != nil, timer == nil || deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        timer = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        guard context != nil else { return }
        let now = NIODeadline.now()
        loop.refreshDate()
        if ending == .lingering || streams.isEmpty {
            if deadline > now { return schedule(deadline) }
            return ending == .lingering ? closeNow() : endIdle()
        }
        if isStuck(now) { return closeNow() }
        for stream in Array(streams.values) where stream.deadline <= now { stream.timeLimitReached() }
        if let next = streams.values.map(\.deadline).min() { schedule(next) }
        flush()
    }

    private func endIdle() {
        ending = .refusing
        write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil))
        context?.flush()
        closeIfDone()
    }

    /// Whether the client has taken nothing from the socket for the idle time, although something waits.
    private func isStuck(_ now: NIODeadline) -> Bool {
        guard now - lastLook >= times.idle else { return false }
        let unsent = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let wasStuck = unsentBytes > 0 && unsent >= unsentBytes
        (unsentBytes, lastLook) = (unsent, now)
        return wasStuck
    }
}
