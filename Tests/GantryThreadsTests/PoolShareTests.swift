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

    @Test("when there is no thread left each group gets its turn, however many jobs another has")
    func turns() {
        let pool = ThreadPool(name: "turns", threadCount: 1)
        let scheduler = PoolShareScheduler(pool: pool)
        let noisy = PoolShare(group: scheduler.group(limit: 1), limit: 1)
        let calm = PoolShare(group: scheduler.group(limit: 1), limit: 1)
        let order = Lock<[String]>([])
        let gate = Latch()
        _ = noisy.submit { gate.wait() }
        for _ in 0..<100 { _ = noisy.submit { order.withLock { $0.append("noisy") } } }
        for _ in 0..<3 { _ = calm.submit { order.withLock { $0.append("calm") } } }
        #expect(noisy.waitingCount == 100)
        gate.open()
        #expect(pool.drain(until: .after(.seconds(20))))
        let begin = order.withLock { Array($0.prefix(6)) }
        #expect(begin.filter { $0 == "calm" }.count == 3)
        #expect(order.withLock { $0.count } == 103)
    }

    @Test("shares of one group are bounded together, and each gets its turn")
    func groups() {
        let scheduler = PoolShareScheduler(pool: pool)
        let group = scheduler.group(limit: 2)
        let shares = (0..<4).map { _ in PoolShare(group: group, limit: 2) }
        let running = Monitor((now: 0, most: 0, done: 0))
        for number in 0..<200 {
            _ = shares[number % 4].submit {
                running.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                running.withLock {
                    $0.now -= 1
                    $0.done += 1
                }
                running.broadcast()
            }
        }
        #expect(running.wait(until: .after(.seconds(20))) { $0.done == 200 ? true : nil } == true)
        #expect(running.withLock { $0.most } <= 2)
    }
}
