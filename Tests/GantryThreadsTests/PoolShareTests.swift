import GantryThreads
import Testing

@Suite("Shares of a pool")
struct PoolShareTests {
    private let pool = ThreadPool(name: "shared", threadCount: 3)

    @Test("jobs that hang take the share's threads and leave the others free")
    func bounds() {
        let hanging = PoolShare(pool: pool, limit: 2)
        let other = PoolShare(pool: pool, limit: 2)
        let gate = Latch()
        let begun = Monitor(0)
        for _ in 0..<6 {
            let isTaken = hanging.submit {
                begun.withLock { $0 += 1 }
                begun.broadcast()
                gate.wait()
            }
            #expect(isTaken)
        }
        #expect(begun.wait(until: .after(.seconds(20))) { $0 == 2 ? true : nil } == true)
        // One thread is left, and all of these run on it.
        let done = Monitor(0)
        for _ in 0..<20 {
            _ = other.submit {
                done.withLock { $0 += 1 }
                done.broadcast()
            }
        }
        #expect(done.wait(until: .after(.seconds(20))) { $0 == 20 ? true : nil } == true)
        #expect(begun.withLock { $0 } == 2)
        gate.open()
        #expect(begun.wait(until: .after(.seconds(20))) { $0 == 6 ? true : nil } == true)
        #expect(pool.drain(until: .after(.seconds(20))))
    }

    @Test("of one share jobs begin in the order of their submission")
    func keepsOrder() {
        let share = PoolShare(pool: pool, limit: 1)
        let order = Lock<[Int]>([])
        for number in 0..<500 { _ = share.submit { order.withLock { $0.append(number) } } }
        #expect(pool.drain(until: .after(.seconds(20))))
        #expect(order.withLock { $0 } == Array(0..<500))
    }

    @Test("a pool that was stopped takes no jobs; those that waited in the share are still run")
    func stopped() {
        let share = PoolShare(pool: pool, limit: 1)
        let gate = Latch()
        let begun = Latch()
        let count = Lock(0)
        _ = share.submit {
            begun.open()
            gate.wait()
        }
        for _ in 0..<5 { _ = share.submit { count.withLock { $0 += 1 } } }
        begun.wait()
        let stopper = ThreadPool(name: "stopper", threadCount: 1)
        _ = stopper.submit { pool.stop() }
        while pool.submit({}) {}
        gate.open()
        #expect(stopper.drain(until: .after(.seconds(20))))
        #expect(count.withLock { $0 } == 5)
        #expect(!share.submit {})
    }
}
