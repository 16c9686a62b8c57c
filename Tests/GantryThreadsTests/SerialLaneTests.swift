import GantryThreads
import Synchronization
import Testing

@Suite("Serial lane")
struct SerialLaneTests {
    @Test("jobs run one at a time and in order, on any number of threads")
    func isSerial() {
        let pool = ThreadPool(name: "lane", threadCount: 4)
        let lane = SerialLane(pool: pool)
        let running = Atomic<Int>(0)
        let overlaps = Atomic<Int>(0)
        let seen = Lock<[Int]>([])
        for number in 0..<2000 {
            _ = lane.submit {
                if running.add(1, ordering: .sequentiallyConsistent).newValue > 1 {
                    overlaps.add(1, ordering: .relaxed)
                }
                seen.withLock { $0.append(number) }
                running.subtract(1, ordering: .sequentiallyConsistent)
            }
        }
        #expect(lane.drain())
        #expect(overlaps.load(ordering: .relaxed) == 0)
        #expect(seen.withLock { $0 } == Array(0..<2000))
        pool.stop()
    }

    @Test("an idle lane holds no thread, a busy one gives others their turn")
    func sharesThePool() {
        let pool = ThreadPool(name: "lane", threadCount: 1)
        let busy = SerialLane(pool: pool)
        let other = SerialLane(pool: pool)
        let gate = Latch()
        let order = Lock<[String]>([])
        _ = busy.submit { gate.wait() }
        for _ in 0..<200 { _ = busy.submit { order.withLock { $0.append("busy") } } }
        _ = other.submit { order.withLock { $0.append("other") } }
        gate.open()
        #expect(pool.drain())
        let position = order.withLock { $0.firstIndex(of: "other") }
        #expect(position != nil && position ?? 200 < 200)
        pool.stop()
    }

    @Test("a lane refuses beyond its capacity and after its pool was stopped")
    func refuses() {
        let pool = ThreadPool(name: "lane", threadCount: 1)
        let lane = SerialLane(pool: pool, capacity: 1)
        let started = Latch()
        let gate = Latch()
        _ = lane.submit {
            started.open()
            gate.wait()
        }
        started.wait()
        #expect(lane.submit {})
        #expect(!lane.submit {})
        gate.open()
        pool.stop()
        #expect(!lane.submit {})
        #expect(lane.drain(until: .now))
    }
}
