import NIOCore

/// How much a connection takes from a client that sends faster than it reads its answers.
extension ServerConnection {
    /// Bytes of answers that may wait for requests before them, or for the client.
    private static let maximumWaitingBytes = 512 * 1024
    /// Bytes that are collected before the socket is asked to take them.
    private static let flushedBytes = 64 * 1024

    /// Requests that may be under way at once. Nobody knows how large an answer will be; the last ones tell.
    private var maximumRequests: Int {
        min(configuration.maximumPipelinedRequests, max(1, Self.maximumWaitingBytes / max(answerBytes, 1)))
    }

    /// Whether there is room for more of what the client sends.
    var mayRead: Bool {
        queue.count < maximumRequests && channel.isWritable && !holdsBody && !awaitsUpgrade
            && passedOverBytes <= configuration.maximumLingeredBytes
    }

    /// Whether the next part of what was read may be taken. A few bytes hold many requests, each of which may have a
    /// large answer.
    var mayTakePart: Bool {
        guard case .head = reception, !queue.isEmpty || output.readableBytes > 0 else { return true }
        if output.readableBytes >= Self.flushedBytes { flushOutput() }
        if mayRead { return true }
        holdsParts = received.readableBytes > 0
        return false
    }

    /// Goes on with requests that were read and held back, as far as there is room.
    func takeHeldParts() {
        guard holdsParts, !isReading, !isTakingHeldParts else { return }
        isTakingHeldParts = true
        while holdsParts && mayRead {
            holdsParts = false
            isReading = true
            takeApart()
            isReading = false
            flushOutput()
        }
        isTakingHeldParts = false
        if isInputClosed && !holdsParts { inputEnded() }
    }

    func resumeReading() {
        takeHeldParts()
        guard holdsRead, !holdsParts, mayRead, let context else { return }
        holdsRead = false
        context.read()
    }
}
