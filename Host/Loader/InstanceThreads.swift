public import GantryThreads
import Glibc

/// The process' threads and timers that `gantry.executor` shares out among all instances.
public struct InstanceThreads: Sendable {
    /// Runs short work, which must not wait; a thread for each core is enough.
    public let short: ThreadPool
    /// Runs work that may wait.
    public let blocking: ThreadPool
    /// Fires at moments of the monotonic clock.
    public let timers: TimerQueue

    /// Shares the given pools, with timers of its own.
    public init(short: ThreadPool, blocking: ThreadPool) {
        self.short = short
        self.blocking = blocking
        timers = TimerQueue(name: "delays", clock: { MonotonicClock.nanoseconds / 1_000_000 })
    }

    /// Other pools with the timers of these.
    public init(short: ThreadPool, blocking: ThreadPool, timersOf other: InstanceThreads) {
        self.short = short
        self.blocking = blocking
        timers = other.timers
    }
}
