import CGantryProxy
import GantryThreads

/// Finds a worker that hangs although nothing is under way in it, such as one that has stopped itself: from time to
/// time it is asked for a sign of life, which it has to give in a bounded time. While calls are under way, their own
/// time judges it instead.
final class WorkerHeartbeat: Sendable {
    private struct State {
        var hasBegun = false
        var askedNanoseconds: Int64 = 0
        var seenNanoseconds: Int64 = 0
        /// How long a sign has been missing.
        var missingNanoseconds: Int64 = 0
    }

    /// What one look counts for at most: a host that was held up itself has not waited for the worker meanwhile.
    private static let mostNanoseconds: Int64 = 250_000_000
    /// So many times it is asked within the limit.
    private static let askCount: Int64 = 4

    private let limitNanoseconds: Int64
    private let state = Lock(State())

    init(limitNanoseconds: Int64) {
        self.limitNanoseconds = limitNanoseconds
    }

    /// From now on it has to: it has loaded its library.
    func begin() { state.withLock { $0.hasBegun = true } }

    /// Looks, asks when it is time to, and says whether the sign is missing for too long. To be called often, by one
    /// thread.
    func isMissing(_ channel: OpaquePointer, isBusy: Bool) -> Bool {
        let now = MonotonicClock.nanoseconds
        let isAwaited = gantry_channel_awaited(channel) != 0
        let (asks, isMissing) = state.withLock { state in
            let passed = min(now - state.seenNanoseconds, Self.mostNanoseconds)
            state.seenNanoseconds = now
            state.missingNanoseconds = isAwaited && !isBusy ? state.missingNanoseconds + passed : 0
            let asks = state.hasBegun && !isAwaited && now - state.askedNanoseconds >= limitNanoseconds / Self.askCount
            if asks { state.askedNanoseconds = now }
            return (asks, state.missingNanoseconds > limitNanoseconds)
        }
        if asks { _ = gantry_channel_ping(channel, now) }
        return isMissing
    }
}
