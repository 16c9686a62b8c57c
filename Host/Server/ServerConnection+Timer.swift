import NIOCore

extension ServerConnection {
    /// Where the connection is in its life.
    enum Phase {
        case serving
        /// The last answer is on its way into the socket.
        case flushing
        /// Everything is said; the client may close first.
        case lingering
    }

    /// Moves the time limit. One timer serves the whole connection: it is set anew only when it has run out early, so
    /// that a request costs no timer.
    func setDeadline(after time: TimeAmount) { setDeadline(.now() + time) }

    /// Moves the time limit to the moment at which the oldest request is due. Whoever streams has answered.
    func setAnswerDeadline() {
        guard let first = queue.first, !first.isStreaming, !isInputClosed else { return }
        switch reception {
        case .head, .closed: setDeadline(first.expiry)
        case .collecting, .streaming, .discarding: break
        }
    }

    private func setDeadline(_ limit: NIODeadline) {
        guard let context else { return }
        deadline = limit
        if timer == nil || deadline < timerDeadline {
            timer?.cancel()
            schedule(on: context.eventLoop)
        }
    }

    private func schedule(on eventLoop: any EventLoop) {
        timerDeadline = deadline
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        guard let context else { return }
        if NIODeadline.now() < deadline {
            schedule(on: context.eventLoop)
        } else {
            timeLimitReached()
        }
    }

    private func timeLimitReached() {
        loop.refreshDate()
        if phase != .lingering && isSending() { return setDeadline(after: times.idle) }
        if isInputClosed && phase == .serving { return closeNow() }
        // A handler may be silent for as long as it likes; a client that takes nothing of what waits for it may not.
        if let first = queue.first, first.isStreaming {
            return first.stream.waitingBytes > 0 ? closeNow() : setDeadline(after: times.idle)
        }
        if holdsBody { return setDeadline(after: times.body) }
        if expireWhatIsDue() { return }
        switch reception {
        case .collecting, .streaming, .discarding:
            refuse(.timeout)
            if !isReading { flushOutput() }
        case .head, .closed:
            if queue.isEmpty { closeNow() } else { setDeadline(after: times.answer) }
        }
    }

    /// Whether the client has taken something of what waits for it since this was asked last.
    private func isSending() -> Bool {
        let unsent = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        defer { unsentBytes = unsent == 0 ? .max : unsent }
        return unsent > 0 && unsent < unsentBytes
    }

    /// Tells the handler of requests that have waited for too long; false when there is none.
    private func expireWhatIsDue() -> Bool {
        let now = NIODeadline.now()
        let due = queue.filter { $0.isReceived && !$0.isAnswered && $0.expiry <= now }
        if due.isEmpty { return false }
        // Asked once more after as long again, should the handler have no answer yet.
        for exchange in due { exchange.expiry = now + times.answer }
        setDeadline(after: times.body)
        setAnswerDeadline()
        for exchange in due { handler.expire(exchange) }
        return true
    }
}

/// The configured times in the unit of the event loops, converted once.
struct ConnectionTimes {
    let idle: TimeAmount
    let body: TimeAmount
    let answer: TimeAmount
    let linger: TimeAmount

    init(_ configuration: ServerConfiguration) {
        idle = TimeAmount(configuration.idleTimeout)
        body = TimeAmount(configuration.bodyTimeout)
        answer = TimeAmount(configuration.answerTimeout)
        linger = TimeAmount(configuration.lingerTimeout)
    }
}
