import GantryThreads
import Synchronization
import Testing

@Suite("Thread pool")
struct ThreadPoolTests {
    @Test("one thread runs jobs in the order of their submission")
    func keepsOrder() {
        let pool = ThreadPool(name: "order", threadCount: 1)
        let seen = Lock<[Int]>([])
        for number in 0..<1000 {
            #expect(pool.submit { seen.withLock { $0.append(number) } })
        }
        #expect(pool.drain())
        #expect(seen.withLock { $0 } == Array(0..<1000))
        pool.stop()
    }

    @Test("several threads run at the same time")
    func runsInParallel() {
        let pool = ThreadPool(name: "parallel", threadCount: 2)
        let first = Latch()
        let second = Latch()
        let both = Latch()
        // Each waits for the other, so that a single thread could never finish.
        _ = pool.submit {
            first.open()
            second.wait()
            both.open()
        }
        _ = pool.submit {
            second.open()
            first.wait()
        }
        #expect(both.wait(until: .after(.seconds(10))))
        pool.stop()
    }

    @Test("a full pool refuses, except for reserved work")
    func isBounded() {
        let pool = ThreadPool(name: "bounded", threadCount: 1, capacity: 2)
        let started = Latch()
        let gate = Latch()
        let count = Atomic<Int>(0)
        #expect(
            pool.submit {
                started.open()
                gate.wait()
            })
        started.wait()
        #expect(pool.submit { count.add(1, ordering: .relaxed) })
        #expect(pool.submit { count.add(1, ordering: .relaxed) })
        #expect(!pool.submit { count.add(100, ordering: .relaxed) })
        #expect(pool.submitReserved { count.add(1, ordering: .relaxed) })
        #expect(pool.waitingCount == 3)
        gate.open()
        #expect(pool.drain())
        #expect(count.load(ordering: .relaxed) == 3)
        pool.stop()
    }

    @Test("stop runs what waits and then refuses")
    func stopFinishes() {
        let pool = ThreadPool(name: "stop", threadCount: 2)
        let count = Atomic<Int>(0)
        for _ in 0..<500 { _ = pool.submit { count.add(1, ordering: .relaxed) } }
        pool.stop()
        #expect(count.load(ordering: .relaxed) == 500)
        #expect(!pool.submit {})
        #expect(!pool.submitReserved {})
    }

    @Test("a pool that grows has as many threads as jobs that wait for each other, and no more than it may")
    func growsOnDemand() {
        let pool = ThreadPool(name: "growing", threadCount: 3, growsOnDemand: true)
        #expect(pool.drain(), "there is nothing to do, and nobody to do it")
        let all = Atomic<Int>(0)
        let gate = Latch()
        let arrived = Latch()
        for _ in 0..<4 {
            _ = pool.submit {
                if all.add(1, ordering: .sequentiallyConsistent).newValue == 3 { arrived.open() }
                gate.wait()
            }
        }
        #expect(arrived.wait(until: .after(.seconds(10))))
        #expect(pool.waitingCount == 1 && all.load(ordering: .sequentiallyConsistent) == 3)
        gate.open()
        #expect(pool.drain())
        for _ in 0..<500 { _ = pool.submit { all.add(1, ordering: .relaxed) } }
        pool.stop()
        #expect(all.load(ordering: .relaxed) == 504)
        #expect(!pool.submit {})
    }

    @Test("a pool that grows and never had to can be stopped")
    func growsNever() {
        let pool = ThreadPool(name: "unused", threadCount: 3, growsOnDemand: true)
        pool.stop()
        #expect(!pool.submit {})
    }

    @Test("drain gives up at its deadline")
    func drainHasDeadline() {
        let pool = ThreadPool(name: "drain", threadCount: 1)
        let gate = Latch()
        _ = pool.submit { gate.wait() }
        #expect(!pool.drain(until: .now))
        gate.open()
        #expect(pool.drain())
        pool.stop()
    }
}
