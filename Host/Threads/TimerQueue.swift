/// Runs actions at moments of a wall clock, on one thread for all of them. Without timers the thread sleeps.
///
/// The clock is injected. A test that moves its clock calls `clockChanged()`.
public final class TimerQueue: Sendable {
    /// Names one timer, to cancel it.
    public struct Token: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    /// A wall clock may be set forward while the thread waits; it looks again after this time at the latest.
    private static let longestWaitMilliseconds: Int64 = 60_000

    private let core: Core
    private let thread: PoolThread

    /// Starts the thread.
    public init(name: String = "timers", clock: @escaping WallClock = systemWallClock) {
        let core = Core(clock: clock)
        self.core = core
        thread = PoolThread(name: name) { core.work(longestWaitMilliseconds: Self.longestWaitMilliseconds) }
    }

    deinit {
        core.close()
    }

    /// Runs `action` on the timer thread once the clock shows `milliseconds` or more. It must be brief.
    public func schedule(atMilliseconds milliseconds: Int64, _ action: @escaping Job) -> Token {
        let (number, isFirst) = core.monitor.withLock { state in
            state.lastNumber += 1
            let isFirst = state.heap.first.map { milliseconds < $0.milliseconds } ?? true
            state.actions[state.lastNumber] = action
            state.heap.insert(TimerHeap.Entry(milliseconds: milliseconds, number: state.lastNumber))
            return (state.lastNumber, isFirst)
        }
        if isFirst { core.wake() }
        return Token(number: number)
    }

    /// Forgets a timer. One that is just being run is not waited for.
    public func cancel(_ token: Token) {
        core.monitor.withLock { state in
            guard state.actions.removeValue(forKey: token.number) != nil else { return }
            // Cancelled entries stay in the heap until their time; when they are the most, sweep.
            guard state.heap.count > 64, state.heap.count > state.actions.count * 2 else { return }
            let actions = state.actions
            state.heap.keep { actions[$0.number] != nil }
        }
    }

    /// How many timers wait.
    public var waitingCount: Int {
        core.monitor.withLock { $0.actions.count }
    }

    /// Looks at the clock again, after it was moved.
    public func clockChanged() {
        core.wake()
    }

    /// Ends the thread; timers that wait are forgotten. Not from the timer thread.
    public func stop() {
        core.close()
        thread.join()
    }
}

extension TimerQueue {
    private final class Core: Sendable {
        struct State {
            var heap = TimerHeap()
            var actions: [UInt64: Job] = [:]
            var lastNumber: UInt64 = 0
            var isClosed = false
            /// Grows with every change that the thread has to look at.
            var changeCount: UInt64 = 0

            mutating func takeDue(at now: Int64) -> [Job] {
                var due: [Job] = []
                while let first = heap.first, first.milliseconds <= now {
                    heap.removeFirst()
                    if let action = actions.removeValue(forKey: first.number) { due.append(action) }
                }
                return due
            }
        }

        let monitor = Monitor(State())
        let clock: WallClock

        init(clock: @escaping WallClock) {
            self.clock = clock
        }

        func close() {
            monitor.withLock { state in
                state.isClosed = true
                state.actions = [:]
            }
            wake()
        }

        /// Makes the thread look at the clock and the timers again.
        func wake() {
            monitor.withLock { $0.changeCount &+= 1 }
            monitor.signal()
        }

        func work(longestWaitMilliseconds: Int64) {
            while true {
                let now = clock()
                let (due, next, seen, isClosed) = monitor.withLock { state in
                    (state.takeDue(at: now), state.heap.first?.milliseconds, state.changeCount, state.isClosed)
                }
                if isClosed { return }
                for action in due { action() }
                guard due.isEmpty else { continue }
                let deadline = next.map { Deadline.after(.milliseconds(min($0 - now, longestWaitMilliseconds))) }
                _ = monitor.wait(until: deadline ?? .never) { $0.changeCount == seen ? nil : true }
            }
        }
    }
}
