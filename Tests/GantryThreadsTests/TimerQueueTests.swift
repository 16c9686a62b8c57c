import GantryThreads
import Synchronization
import Testing

@Suite("Timer queue")
struct TimerQueueTests {
    /// A clock that the test moves.
    final class ManualClock: Sendable {
        let milliseconds = Atomic<Int64>(1_000_000)
        func read() -> Int64 { milliseconds.load(ordering: .sequentiallyConsistent) }
        func advance(_ by: Int64) { milliseconds.add(by, ordering: .sequentiallyConsistent) }
    }

    @Test("timers run in the order of their time, and not before")
    func runsInOrder() {
        let clock = ManualClock()
        let timers = TimerQueue(clock: { clock.read() })
        let seen = Lock<[Int]>([])
        let first = Latch()
        let last = Latch()
        _ = timers.schedule(atMilliseconds: 1_000_300) {
            seen.withLock { $0.append(3) }
            last.open()
        }
        _ = timers.schedule(atMilliseconds: 1_000_100) {
            seen.withLock { $0.append(1) }
            first.open()
        }
        _ = timers.schedule(atMilliseconds: 1_000_200) { seen.withLock { $0.append(2) } }
        clock.advance(100)
        timers.clockChanged()
        #expect(first.wait(until: .after(.seconds(10))))
        #expect(seen.withLock { $0 } == [1])
        #expect(timers.waitingCount == 2)
        clock.advance(200)
        timers.clockChanged()
        #expect(last.wait(until: .after(.seconds(10))))
        #expect(seen.withLock { $0 } == [1, 2, 3])
        timers.stop()
    }

    @Test("a cancelled timer does not run")
    func cancels() {
        let clock = ManualClock()
        let timers = TimerQueue(clock: { clock.read() })
        let seen = Lock<[Int]>([])
        let end = Latch()
        var tokens: [TimerQueue.Token] = []
        for number in 0..<500 {
            tokens.append(
                timers.schedule(atMilliseconds: 1_000_000 + Int64(500 - number)) { seen.withLock { $0.append(number) } }
            )
        }
        for (number, token) in tokens.enumerated() where number % 100 != 0 { timers.cancel(token) }
        #expect(timers.waitingCount == 5)
        _ = timers.schedule(atMilliseconds: 1_001_000) { end.open() }
        clock.advance(1000)
        timers.clockChanged()
        #expect(end.wait(until: .after(.seconds(10))))
        #expect(seen.withLock { $0 } == [400, 300, 200, 100, 0])
        timers.stop()
    }

    @Test("a timer runs by the machine's clock")
    func runsByRealClock() {
        let timers = TimerQueue()
        let latch = Latch()
        let start = systemWallClock()
        _ = timers.schedule(atMilliseconds: start + 5) { latch.open() }
        #expect(latch.wait(until: .after(.seconds(10))))
        #expect(systemWallClock() >= start + 5)
        timers.stop()
    }
}
