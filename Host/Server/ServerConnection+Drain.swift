import NIOCore

/// How a connection ends because the server does.
extension ServerConnection: LoopMember {
    /// Time from the opening of a connection in which its first request is waited for, even when the server ends.
    private static let firstRequestTime = TimeAmount.seconds(1)
    /// Time in which a request is taken that was sent before the client could know of the end.
    private static let lastRequestTime = TimeAmount.milliseconds(20)
    private static let shortLingerTime = TimeAmount.milliseconds(100)

    /// Time that a client has, once it has its last answer, to close before the server does. While the server ends,
    /// others wait for that.
    var lingerTime: TimeAmount { loop.isDraining ? min(times.linger, Self.shortLingerTime) : times.linger }

    /// The one that is to be answered first.
    var underWay: [Exchange] { queue.first.map { [$0] } ?? [] }

    /// Each answer says so from now on.
    func announceEnd() {}

    /// Takes no further request after those that the client may have sent already, and closes when everything under
    /// way is answered.
    func drain() {
        if phase == .flushing { return }
        if phase == .lingering { return setDeadline(after: lingerTime) }
        if let first = queue.first {
            isClosing = true
            if first.isStreaming && first.isEventStream { first.stream.finish() }
            return
        }
        let isFirst = !hasServed || isInHead
        setDeadline(after: isFirst ? Self.firstRequestTime : Self.lastRequestTime)
    }
}
