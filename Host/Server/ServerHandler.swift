/// What becomes of a request's body.
public enum BodyDecision: Sendable {
    /// Read it up to so many bytes, then call `receiveBody`.
    case collect(maximumBytes: Int)
    /// Call `receiveBody` at once; the body, up to so many bytes, is read from `Exchange.stream` as it arrives.
    case stream(maximumBytes: Int)
    /// The exchange was answered from its head; what follows of the body is thrown away.
    case answered
}

/// Why a request could not be read.
public enum RequestFault: Error, Sendable {
    /// The bytes are not HTTP/1.1.
    case malformed
    /// The head is larger than the limits allow.
    case headTooLarge
    /// The body came too slowly.
    case timeout

    /// The HTTP status that tells the client.
    public var status: Int {
        switch self {
        case .malformed: 400
        case .headTooLarge: 431
        case .timeout: 408
        }
    }
}

/// Takes the requests of a server. All functions are called on the exchange's event loop and must not block it; the
/// answer is given through `Exchange.respond`, at once or later and from any thread.
public protocol ServerHandler: AnyObject, Sendable {
    /// The head of a request is complete.
    func receiveHead(_ exchange: Exchange) -> BodyDecision
    /// The body is complete, or the request has none, after `.collect`; the body may be read, after `.stream`.
    func receiveBody(_ exchange: Exchange)
    /// The body is larger than was allowed; an answer is expected. The connection closes after it.
    func refuseBody(_ exchange: Exchange, maximumBytes: Int)
    /// The request cannot be read; an answer is expected. The exchange may have an empty method and target.
    func refuseRequest(_ exchange: Exchange, fault: RequestFault)
    /// The request has been under way for longer than the configuration's `answerTimeout`; an answer is expected.
    func expire(_ exchange: Exchange)
    /// The client has left before its request was complete; an answer would reach nobody. Does nothing unless the
    /// handler has something to clean up.
    func abandon(_ exchange: Exchange)
}

extension ServerHandler {
    /// Nothing to clean up.
    public func abandon(_ exchange: Exchange) {}
}
