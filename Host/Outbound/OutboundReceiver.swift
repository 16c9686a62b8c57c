/// Takes what comes back. Called on the client's thread, one call after the other; it must be brief and not wait.
public protocol OutboundReceiver: AnyObject, Sendable {
    /// The head of the answer that counts; at most once.
    func received(_ answer: OutboundAnswer)
    /// A piece of the body, borrowed. At most as many bytes come as were granted, rounded up to a piece of 16 KiB.
    func received(_ bytes: UnsafeRawBufferPointer)
    /// The end, exactly once and last; nil when everything went well.
    func finished(_ failure: OutboundError?)
}

/// Collects an answer as a whole, then hands it over.
final class OutboundCollector: OutboundReceiver {
    // Guard: only the client's thread calls it, one call after the other.
    private nonisolated(unsafe) var answer: OutboundAnswer?
    private nonisolated(unsafe) var body: [UInt8] = []
    private let completion: @Sendable (Result<(OutboundAnswer, [UInt8]), OutboundError>) -> Void

    init(completion: @escaping @Sendable (Result<(OutboundAnswer, [UInt8]), OutboundError>) -> Void) {
        self.completion = completion
    }

    func received(_ answer: OutboundAnswer) { self.answer = answer }

    func received(_ bytes: UnsafeRawBufferPointer) { body += bytes }

    func finished(_ failure: OutboundError?) {
        if let failure { return completion(.failure(failure)) }
        guard let answer else {
            return completion(.failure(OutboundError(.brokenAnswer, "The server's answer has no head.")))
        }
        completion(.success((answer, body)))
    }
}
