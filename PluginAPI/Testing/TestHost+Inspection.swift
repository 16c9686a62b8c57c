public import GantryKit

// What a test looks at, and what it sets while the module runs.
extension TestHost {
    /// The events of all transactions that were committed, in order.
    public var published: [TestEvent] { state.withLock { $0.published } }

    /// The jobs that are queued and have not run.
    public var jobs: [TestJob] { state.withLock { $0.jobs } }

    /// What the module logged.
    public var logs: [TestLogLine] { state.withLock { $0.logs } }

    /// The numbers that the module told, in order.
    public var metrics: [TestMetric] { state.withLock { $0.metrics } }

    /// The sum of what was added to, or the last value of, a number; nil when the module never told it.
    public func metric(_ name: String, labels: [String: String] = [:]) -> Double? {
        let values = metrics.filter { $0.name == name && $0.labels == labels }
        guard let last = values.last else { return nil }
        return last.kind == .counter ? values.reduce(0) { $0 + $1.value } : last.value
    }

    /// The spans that the module began, in order.
    public var spans: [TestSpan] { state.withLock { $0.spans } }

    /// The module's blobs by key.
    public var blobs: [String: StoredBlob] {
        get { state.withLock { $0.blobs } }
        set { state.withLock { $0.blobs = newValue } }
    }

    /// The module's secrets by name.
    public var secrets: [String: String] {
        get { state.withLock { $0.secrets } }
        set { state.withLock { $0.secrets = newValue } }
    }

    /// The text under a key of the module's cache; nil where there is none.
    public func cached(text key: String) -> String? {
        switch cached(key) {
        case .bytes(let bytes, _): String(decoding: bytes, as: UTF8.self)
        case .counter(let number, _): String(number)
        case nil: nil
        }
    }

    /// Forgets the cache, as the real one may at any time.
    public func dropCache() { state.withLock { $0.cache = [:] } }

    /// The requests to the outside, in order.
    public var outboundRequests: [OutboundRequest] { state.withLock { $0.outbound } }

    /// Scripts the outside: `answer` is what it answers to each request. What it throws is a failed connection.
    public func onOutbound(_ answer: @escaping @Sendable (OutboundRequest) throws -> OutboundResponse) {
        state.withLock { $0.outboundAnswer = answer }
    }

    /// The wall clock in milliseconds since 1970. It stands still, but for `advance` and for timers that fire.
    public var nowMilliseconds: Int64 {
        get { threads.wallMilliseconds }
        set { threads.wallMilliseconds = newValue }
    }

    /// Lets time pass; timers that are due fire.
    public func advance(by duration: Duration) { threads.advance(byNanoseconds: duration.nanoseconds) }

    /// The host's functions that the module has called, in order, such as `gantry.database transact`.
    public var functionsCalled: [String] { state.withLock { $0.functions } }

    /// Has the host answer `status` instead of doing what `function` does; nil means every function.
    ///
    /// - Parameters:
    ///   - skips: How many calls are answered as ever before.
    ///   - times: How many calls are answered so; nil for all that follow.
    public func fail(_ function: String?, with status: Status, after skips: Int = 0, times: Int? = 1) {
        state.withLock {
            $0.faults.append(HostFault(function: function, status: status, skips: skips, times: times))
        }
    }

    /// Answers truthfully again.
    public func clearFaults() { state.withLock { $0.faults = [] } }

    /// How often the body of a writing transaction is run: with 2 the first run is undone, which shows a body that
    /// cannot be repeated.
    public var transactionRuns: Int {
        get { state.withLock { $0.transactionRuns } }
        set { state.withLock { $0.transactionRuns = newValue } }
    }

    /// What the next commits answer, one after the other; then they succeed.
    public func answerCommits(_ statuses: [Status]) { state.withLock { $0.commitStatuses = statuses } }

    /// How many bytes of a streamed response the client takes before the module has to wait.
    public var streamCredit: Int {
        get { state.withLock { $0.credit } }
        set { state.withLock { $0.credit = newValue } }
    }

    /// Whether every call is told that it is cancelled.
    public var callsAreCancelled: Bool {
        get { state.withLock { $0.callsAreCancelled } }
        set { state.withLock { $0.callsAreCancelled = newValue } }
    }

    /// Has the clients leave after so much real time: their calls are over, and whoever watches one is told.
    public func clientLeaves(after duration: Duration) {
        threads.submit(afterRealNanoseconds: duration.nanoseconds) { [weak self] in self?.cancelCalls() }
    }

    /// Cancels all calls under way, as when the clients have left: whoever watches one is told.
    public func cancelCalls() {
        for call in state.withLock({ Array($0.calls.values) }) {
            state.withLock { state in
                call.isCancelled = true
                state.leftCalls.insert(call.number)
            }
            if call.kind == .request { finish(call) }
        }
    }

    /// The threads on which this host has called its module, as `pthread_self` numbers them.
    public var threadNumbers: Set<UInt64> { threads.numbers }
}
