import NIOCore

extension ServerConnection {
    /// What the connection's time limit is for, where that does not follow from its other state.
    enum TimerState {
        case serving
        case lingering
    }

    /// Moves the time limit. One timer serves the whole connection: it is set anew only when it has run out early, so
    /// that a request costs no timer.
    func setDeadline(after duration: Duration) {
        guard let context else { return }
        deadline = NIODeadline.now() + TimeAmount(duration)
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
        switch reception {
        case .closed:
            if queue.isEmpty { closeNow() } else { expireFirst() }
        case .collecting, .discarding:
            refuse(.timeout)
        case .head:
            if queue.isEmpty { closeNow() } else { expireFirst() }
        }
    }

    private func expireFirst() {
        setDeadline(after: configuration.answerTimeout)
        for exchange in Array(queue) where !exchange.isAnswered { handler.expire(exchange) }
    }
}
