/// Where the events of a socket are handed to its module.
public enum SocketPlace: Sendable {
    /// On the connection's event loop, in the place where they arrive.
    case eventLoop
    /// On a thread for short work.
    case short
    /// On a thread that may wait.
    case waiting
}

/// An opening of a WebSocket, and the connection that it becomes. Any thread; nothing waits.
public protocol SocketPort: AnyObject, Sendable {
    /// Where events are handed over.
    var place: SocketPlace { get }
    /// Bytes of messages that may wait for the module before nothing more is read.
    var windowBytes: Int { get }
    /// Whether the client names the subprotocol in its opening.
    func offers(_ subprotocol: String) -> Bool
    /// Completes the handshake. What happens is told to the receiver from now on. False when the client has left: then
    /// nothing is told.
    func accept(subprotocol: String, receiver: any SocketReceiver) -> Bool
    /// Takes a message: ok, busy, limit or stale. Bytes are copied.
    func send(isText: Bool, _ bytes: UnsafeRawBufferPointer) -> ModuleStatus
    /// Closes after what was sent; ok or stale. The receiver is told of the end.
    func close(code: Int, reason: UnsafeRawBufferPointer) -> ModuleStatus
    /// Reads on after `SocketReceiver.receive` has answered false.
    func resumeReading()
    /// Runs a job on the event loop, or on a thread that may wait, as `place` says; false when there is none any more.
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool
    /// The module was told of the end.
    func release()
}

/// Takes what happens on a socket; the functions are called one at a time.
public protocol SocketReceiver: AnyObject, Sendable {
    /// A whole message, borrowed; on the event loop. False when nothing more is wanted until `resumeReading`.
    func receive(isText: Bool, _ bytes: UnsafeRawBufferPointer) -> Bool
    /// Sending is possible again.
    func receiveRoom()
    /// The end, once. `isOrderly` when the client has ended it, so that what it sent before counts.
    func receiveEnd(code: Int, reason: [UInt8], isOrderly: Bool)
}
