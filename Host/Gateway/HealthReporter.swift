import GantryThreads

/// What came out of one check.
struct CheckResult: Sendable {
    var isHealthy: Bool
    /// Nil when the check ran out of time.
    var latencyMilliseconds: Double?
    var backend: String
    var detail: String?
}

/// Results of one round of checks.
struct HealthReport: Sendable {
    var checks: [String: CheckResult]
    var schema: SchemaReport?
}

/// Runs all checks at once on threads of its own, each with two seconds, and shares a round among all who ask within
/// two seconds. A check that still hangs from an earlier round is not started again. Any thread.
final class HealthReporter: Sendable {
    typealias Receiver = @Sendable (HealthReport) -> Void

    private struct State {
        var report: HealthReport?
        var takenAtNanoseconds: Int64 = 0
        var receivers: [Receiver] = []
        var isRunning = false
        var hanging: Set<String> = []
        var pool: ThreadPool?
    }

    private static let patience = Duration.seconds(2)
    private static let maximumAgeNanoseconds: Int64 = 2_000_000_000

    private let checks: [(name: String, check: HealthCheck)]
    private let schema: @Sendable () -> SchemaReport
    private let clock: GatewayClock
    private let state = Lock(State())

    init(_ checks: HealthChecks, clock: GatewayClock) {
        self.checks = [
            ("database", checks.database), ("redis", checks.redis), ("storage", checks.storage),
            ("cache", checks.cache),
        ]
        schema = checks.schemaVersion
        self.clock = clock
    }

    /// Gives a report that is at most two seconds old, at once or later from another thread.
    func report(to receiver: @escaping Receiver) {
        let now = clock.monotonicNanoseconds()
        let (fresh, pool) = state.withLock { state -> (HealthReport?, ThreadPool?) in
            if let report = state.report, now - state.takenAtNanoseconds < Self.maximumAgeNanoseconds {
                return (report, nil)
            }
            state.receivers.append(receiver)
            guard !state.isRunning else { return (nil, nil) }
            state.isRunning = true
            // Five checks at once, and one thread that waits for them.
            let pool = state.pool ?? ThreadPool(name: "health", threadCount: checks.count + 2)
            state.pool = pool
            return (nil, pool)
        }
        if let fresh { return receiver(fresh) }
        if let pool { _ = pool.submitReserved { self.runRound(pool) } }
    }

    private func runRound(_ pool: ThreadPool) {
        let results = Monitor(HealthReport(checks: [:]))
        for (name, check) in checks {
            start(name, on: pool) { [clock] in
                let start = clock.monotonicNanoseconds()
                let detail = check.probe()
                let latency = Double(clock.monotonicNanoseconds() - start) / 1e6
                let result = CheckResult(
                    isHealthy: detail == nil, latencyMilliseconds: (latency * 1000).rounded() / 1000,
                    backend: check.backend, detail: detail)
                results.withLock { $0.checks[name] = result }
                results.signal()
            }
        }
        start("schema_version", on: pool) { [schema] in
            let report = schema()
            results.withLock { $0.schema = report }
            results.signal()
        }
        let expected = checks.count
        _ = results.wait(until: .after(Self.patience)) { $0.checks.count == expected && $0.schema != nil ? true : nil }
        var report = results.withLock { $0 }
        for (name, check) in checks where report.checks[name] == nil {
            report.checks[name] = CheckResult(
                isHealthy: false, latencyMilliseconds: nil, backend: check.backend, detail: "no answer in time")
        }
        finish(report)
    }

    private func start(_ name: String, on pool: ThreadPool, _ body: @escaping @Sendable () -> Void) {
        let isFree = state.withLock { $0.hanging.insert(name).inserted }
        guard isFree else { return }
        _ = pool.submitReserved {
            body()
            self.state.withLock { _ = $0.hanging.remove(name) }
        }
    }

    private func finish(_ report: HealthReport) {
        let now = clock.monotonicNanoseconds()
        let receivers = state.withLock { state in
            state.report = report
            state.takenAtNanoseconds = now
            state.isRunning = false
            defer { state.receivers = [] }
            return state.receivers
        }
        for receiver in receivers { receiver(report) }
    }
}
