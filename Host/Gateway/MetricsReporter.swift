import GantryTelemetry
import GantryThreads

/// Writes expositions on a thread of its own, one at a time: anybody may ask for them, and with many series they take
/// longer than an event loop may wait. Who asks while one is written shares the next. Any thread.
final class MetricsReporter: Sendable {
    typealias Receiver = @Sendable ([UInt8]) -> Void

    private struct State {
        var receivers: [Receiver] = []
        var isRunning = false
        var pool: ThreadPool?
    }

    private let metrics: Metrics
    private let state = Lock(State())

    init(_ metrics: Metrics) {
        self.metrics = metrics
    }

    /// Gives the values of a moment from now on, later from another thread.
    func report(to receiver: @escaping Receiver) {
        let pool = state.withLock { state -> ThreadPool? in
            state.receivers.append(receiver)
            if state.isRunning { return nil }
            state.isRunning = true
            let pool = state.pool ?? ThreadPool(name: "metrics", threadCount: 1)
            state.pool = pool
            return pool
        }
        if let pool { _ = pool.submitReserved { self.run() } }
    }

    private func run() {
        while true {
            let receivers = state.withLock { state in
                if state.receivers.isEmpty { state.isRunning = false }
                defer { state.receivers = [] }
                return state.receivers
            }
            if receivers.isEmpty { return }
            let exposition = metrics.exposition()
            for receiver in receivers { receiver(exposition) }
        }
    }
}
