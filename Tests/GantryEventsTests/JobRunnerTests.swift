import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Synchronization
import Testing

@Suite("Jobs")
struct JobRunnerTests {
    let fixture = EventFixture()

    @Test("jobs of one name and key run one after the other, in the order of their queueing")
    func ordersByKey() throws {
        let journal = Journal()
        let running = Lock<Set<String>>([])
        let runner = try fixture.runner { job in
            let isAlone = running.withLock { $0.insert(job.key).inserted }
            journal.note("\(job.key)\(job.number)\(isAlone ? "" : " overlaps")")
            running.withLock { _ = $0.remove(job.key) }
            return .done
        }
        for number in 0..<30 { try fixture.enqueue("mail", key: "k\(number % 3)-", number: number) }
        try runner.start()
        let entries = journal.wait(for: 30)
        for key in 0..<3 {
            #expect(
                entries.filter { $0.hasPrefix("k\(key)-") }
                    == (0..<30).filter { $0 % 3 == key }.map { "k\(key)-\($0)" })
        }
        #expect(try eventually { try JobList.entries(in: fixture.database).isEmpty })
        #expect(runner.stop(until: .after(.seconds(10))))
    }

    @Test("looking at a database without jobs or events shows none and makes no file")
    func listsNothing() throws {
        #expect(try JobList.entries(in: fixture.database).isEmpty)
        #expect(try EventLog.entries(in: fixture.database).isEmpty)
        #expect(try EventLog.deliveries(in: fixture.database).isEmpty)
        #expect(!fixture.database.fileExists)
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("CREATE TABLE other(id)")
        }
        #expect(try JobList.entries(in: fixture.database).isEmpty)
    }

    @Test("jobs without a key run at the same time, as many as allowed")
    func runsInParallel() throws {
        let both = Monitor(0)
        var configuration = JobRunner.Configuration()
        configuration.concurrency = 2
        let runner = try fixture.runner(configuration) { _ in
            both.withLock { $0 += 1 }
            both.broadcast()
            // Each waits for the other.
            return both.wait(until: .after(.seconds(20))) { $0 >= 2 ? true : nil } == true
                ? .done : .giveUp(reason: "alone")
        }
        try runner.start()
        try fixture.enqueue("mail", number: 1)
        try fixture.enqueue("mail", number: 2)
        #expect(try eventually { try JobList.entries(in: fixture.database).isEmpty })
        runner.stop()
    }

    @Test("a job does not run before its time")
    func notBefore() throws {
        let journal = Journal()
        let runner = try fixture.runner { job in
            journal.note("\(job.number)")
            return .done
        }
        try runner.start()
        try fixture.enqueue("mail", number: 1, notBefore: fixture.clock.now + 60_000)
        try fixture.enqueue("mail", number: 2)
        #expect(journal.wait(for: 1) == ["2"])
        #expect(eventually { fixture.timers.waitingCount == 1 })
        fixture.advance(59_999)
        #expect(try JobList.entries(in: fixture.database, .init(state: .waiting)).count == 1)
        fixture.advance(1)
        #expect(journal.wait(for: 2) == ["2", "1"])
        runner.stop()
    }

    @Test("a failing job comes again, holds back its key, is given up in the end and can be retried")
    func retries() throws {
        var configuration = JobRunner.Configuration()
        configuration.policies = ["mail": RetryPolicy(attempts: 2)]
        let journal = Journal()
        let isBroken = Atomic<Bool>(true)
        let runner = try fixture.runner(configuration) { job in
            journal.note("\(job.number)#\(job.attempt)")
            let fails = job.number == 1 && isBroken.load(ordering: .relaxed)
            return fails ? .retry(reason: "no route to the post office") : .done
        }
        try runner.start()
        try fixture.enqueue("mail", key: "a", number: 1)
        try fixture.enqueue("mail", key: "a", number: 2)
        #expect(journal.wait(for: 1) == ["1#1"])
        #expect(eventually { fixture.timers.waitingCount == 1 })
        fixture.advance(2000)
        #expect(journal.wait(for: 3) == ["1#1", "1#2", "2#1"])
        #expect(try eventually { try JobList.entries(in: fixture.database).count == 1 })
        let failed = try JobList.entries(in: fixture.database, .init(state: .failed))
        #expect(failed.map { $0.lastError } == ["no route to the post office"])
        isBroken.store(false, ordering: .relaxed)
        #expect(try JobList.retry(failed[0].id, in: fixture.database) == .done)
        #expect(journal.wait(for: 4).last == "1#1")
        #expect(try eventually { try JobList.entries(in: fixture.database).isEmpty })
        runner.stop()
    }

    @Test("a job that ran when the process ended runs again with its next attempt, up to the last one")
    func recovers() throws {
        var configuration = JobRunner.Configuration()
        configuration.policies = ["mail": RetryPolicy(attempts: 3)]
        let journal = Journal()
        let runner = try fixture.runner(configuration) { job in
            journal.note("\(job.number)#\(job.attempt)")
            return .done
        }
        try fixture.enqueue("mail", number: 1)
        try fixture.enqueue("mail", number: 2)
        // As a process leaves them behind that is killed in the first and in the last attempt.
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("UPDATE gantry_job SET state = 1, attempt = 1 WHERE sequence = 1")
            try transaction.execute("UPDATE gantry_job SET state = 1, attempt = 3 WHERE sequence = 2")
        }
        try runner.start()
        #expect(journal.wait(for: 1) == ["1#2"])
        #expect(try eventually { try JobList.entries(in: fixture.database).count == 1 })
        let failed = try JobList.entries(in: fixture.database, .init(state: .failed))
        #expect(failed.map { $0.attempt } == [3])
        runner.stop()
    }

    @Test("a job that a stopped runner is still running is left to it, and what waits behind it goes on after it")
    func leavesToFormer() throws {
        let journal = Journal()
        let gate = Latch()
        let former = try fixture.runner { job in
            journal.note("former \(job.number)#\(job.attempt)")
            gate.wait()
            return .done
        }
        try former.start()
        try fixture.enqueue("mail", key: "one", number: 1)
        try fixture.enqueue("mail", key: "one", number: 2)
        _ = journal.wait(for: 1)
        #expect(!former.stop(until: .now))
        let left = former.underWay
        #expect(left.count == 1)
        let next = try fixture.runner { job in
            journal.note("next \(job.number)#\(job.attempt)")
            return .done
        }
        try next.start(leaving: left)
        // One without a key passes by, so the runner has looked.
        try fixture.enqueue("mail", number: 3)
        #expect(journal.wait(for: 2) == ["former 1#1", "next 3#1"])
        gate.open()
        #expect(journal.wait(for: 3).last == "next 2#1")
        #expect(try eventually { try JobList.entries(in: fixture.database).isEmpty })
        #expect(former.stop(until: .after(.seconds(20))) && former.underWay.isEmpty)
        try next.takeOver(left)
        next.stop()
        #expect(journal.wait(for: 3).count == 3)
    }

    @Test("a job that a former runner will not end runs again, and what that one says later is not heard")
    func takesOver() throws {
        let journal = Journal()
        let (gate, second) = (Latch(), Latch())
        let former = try fixture.runner { job in
            journal.note("former \(job.number)#\(job.attempt)")
            gate.wait()
            return .retry(reason: "too late")
        }
        try former.start()
        try fixture.enqueue("mail", number: 1)
        _ = journal.wait(for: 1)
        #expect(!former.stop(until: .now))
        let next = try fixture.runner { job in
            journal.note("next \(job.number)#\(job.attempt)")
            second.wait()
            return .done
        }
        try next.start(leaving: former.underWay)
        try next.takeOver(former.underWay)
        #expect(journal.wait(for: 2) == ["former 1#1", "next 1#2"])
        gate.open()
        #expect(former.stop(until: .after(.seconds(20))))
        #expect(try JobList.entries(in: fixture.database).map(\.attempt) == [2])
        second.open()
        #expect(try eventually { try JobList.entries(in: fixture.database).isEmpty })
        next.stop()
        #expect(journal.wait(for: 2).count == 2)
    }

    @Test("stop waits for the job that runs and starts no other")
    func stops() throws {
        let journal = Journal()
        let gate = Latch()
        var configuration = JobRunner.Configuration()
        configuration.concurrency = 1
        let runner = try fixture.runner(configuration) { job in
            journal.note("\(job.number)")
            gate.wait()
            return .done
        }
        try runner.start()
        try fixture.enqueue("mail", number: 1)
        try fixture.enqueue("mail", number: 2)
        _ = journal.wait(for: 1)
        #expect(!runner.stop(until: .now))
        gate.open()
        #expect(runner.stop(until: .after(.seconds(20))))
        #expect(journal.entries == ["1"])
        #expect(try JobList.entries(in: fixture.database).map { $0.state } == [.waiting])
    }
}
