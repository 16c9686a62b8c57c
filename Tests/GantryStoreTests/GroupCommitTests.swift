import GantryStore
import GantryThreads
import Synchronization
import Testing

@Suite("Group commit")
struct GroupCommitTests {
    @Test("writes that wait share one commit, and each has its own outcome")
    func sharesCommit() throws {
        let fixture = try Fixture()
        let before = fixture.database.statistics
        let barrier = WriterBarrier(fixture.database)
        let outcomes = Outcomes()
        for number in 0..<40 {
            fixture.database.submitWrite { transaction throws(StoreError) in
                // Every tenth breaks the constraint of uniqueness, with its neighbour's name.
                try Fixture.insert("item \(number % 10 == 9 ? number - 1 : number)", in: transaction)
            } completion: {
                outcomes.note(number, $0)
            }
        }
        barrier.release()
        let results = outcomes.wait(for: 40)
        let failed = results.filter { $0.value != nil }
        #expect(failed.keys.sorted() == [9, 19, 29, 39])
        #expect(failed.allSatisfy { $0.value?.code == .conflict })
        #expect(try fixture.names() == (0..<40).filter { $0 % 10 != 9 }.map { "item \($0)" })
        let after = fixture.database.statistics
        // One for the barrier, one for the group.
        #expect(after.commitCount - before.commitCount == 2)
        #expect(after.brokenGroupCount == 0)
    }

    @Test("64 blocking callers need far fewer commits than writes, and lose nothing")
    func blockingCallers() throws {
        let fixture = try Fixture()
        let callers = ThreadPool(name: "caller", threadCount: 64)
        let before = fixture.database.statistics.commitCount
        let failures = Atomic<Int>(0)
        // The callers all wait behind one held writer, so that the size of the first group is certain.
        let barrier = WriterBarrier(fixture.database)
        let arrived = Atomic<Int>(0)
        for caller in 0..<64 {
            _ = callers.submit {
                for round in 0..<10 {
                    arrived.add(1, ordering: .relaxed)
                    do { try fixture.insert("\(caller)/\(round)") } catch { failures.add(1, ordering: .relaxed) }
                }
            }
        }
        barrier.release()
        #expect(callers.drain())
        callers.stop()
        #expect(failures.load(ordering: .relaxed) == 0)
        #expect(try fixture.names().count == 640)
        #expect(fixture.database.statistics.commitCount - before < 320)
    }

    @Test("a body that fails undoes its own changes only")
    func undoesOnlyItself() throws {
        let fixture = try Fixture()
        let barrier = WriterBarrier(fixture.database)
        let outcomes = Outcomes()
        for number in 0..<3 {
            fixture.database.submitWrite { transaction throws(StoreError) in
                try Fixture.insert("item \(number)", in: transaction)
                if number == 1 { throw StoreError.aborted(status: -7) }
            } completion: {
                outcomes.note(number, $0)
            }
        }
        barrier.release()
        let results = outcomes.wait(for: 3)
        #expect(results[1] == StoreError.aborted(status: -7))
        #expect(try fixture.names() == ["item 0", "item 2"])
    }

    @Test("when the group breaks, its members run again singly and none is acknowledged before")
    func brokenGroupRunsAgain() throws {
        // The disk that is full for one member rolls the whole group back.
        let fixture = try Fixture { $0.maximumBytes = 400_000 }
        let barrier = WriterBarrier(fixture.database)
        let outcomes = Outcomes()
        let runs = Lock<[Int: Int]>([:])
        for number in 0..<5 {
            fixture.database.submitWrite { transaction throws(StoreError) in
                runs.withLock { $0[number, default: 0] += 1 }
                let name = number == 2 ? String(repeating: "x", count: 1_000_000) : "item \(number)"
                try Fixture.insert(name, in: transaction)
            } completion: {
                outcomes.note(number, $0)
            }
        }
        barrier.release()
        let results = outcomes.wait(for: 5)
        #expect(results[2]??.code == .diskFull)
        #expect(results.filter { $0.value == nil }.count == 4)
        #expect(try fixture.names() == ["item 0", "item 1", "item 3", "item 4"])
        #expect(fixture.database.statistics.brokenGroupCount == 1)
        #expect(runs.withLock { $0[0] } == 2)
    }

    @Test("a body that goes on after its transaction broke changes nothing")
    func goesOnAfterBreak() throws {
        let fixture = try Fixture { $0.maximumBytes = 400_000 }
        let error = fixture.failure { transaction throws(StoreError) in
            try Fixture.insert("before", in: transaction)
            do throws(StoreError) {
                try Fixture.insert(String(repeating: "x", count: 1_000_000), in: transaction)
            } catch {
                // Swallowed, as a careless module would.
            }
            try Fixture.insert("after", in: transaction)
        }
        #expect(error?.code == .diskFull)
        #expect(try fixture.names().isEmpty)
    }

    @Test("a write inside a write of the same database is refused instead of waiting for itself")
    func refusesNesting() throws {
        let fixture = try Fixture()
        let error = fixture.failure { transaction throws(StoreError) in
            try fixture.insert("inner")
        }
        #expect(error?.code == .misuse)
    }

    @Test("a write whose deadline passes while it waits does not run")
    func deadlineWhileWaiting() throws {
        let fixture = try Fixture()
        let barrier = WriterBarrier(fixture.database)
        #expect(throws: StoreError.self) {
            try fixture.database.write(deadline: .now) { transaction throws(StoreError) in
                try Fixture.insert("late", in: transaction)
            }
        }
        let outcomes = Outcomes()
        fixture.database.submitWrite(deadline: .now) { transaction throws(StoreError) in
            try Fixture.insert("later", in: transaction)
        } completion: {
            outcomes.note(0, $0)
        }
        barrier.release()
        #expect(outcomes.wait(for: 1)[0]??.code == .cancelled)
        #expect(try fixture.names().isEmpty)
    }

    @Test("pool threads that all block in writes do not wait for a thread of the pool")
    func noThreadNeeded() throws {
        let fixture = try Fixture()
        let done = Outcomes()
        for number in 0..<200 {
            _ = fixture.pool.submit {
                fixture.database.submitWrite { transaction throws(StoreError) in
                    try Fixture.insert("async \(number)", in: transaction)
                } completion: { _ in
                }
                do throws(StoreError) {
                    try fixture.insert("blocking \(number)")
                    done.note(number, nil)
                } catch {
                    done.note(number, error)
                }
            }
        }
        #expect(done.wait(for: 200).values.allSatisfy { $0 == nil })
        fixture.database.close()
    }

    @Test("commits tell observers what was signalled, and only when it was committed")
    func signals() throws {
        let fixture = try Fixture()
        let seen = Lock<[CommitSignals]>([])
        let observation = fixture.database.observeCommits { signals in seen.withLock { $0.append(signals) } }
        try fixture.database.write { $0.signal(.events) }
        _ = fixture.failure { transaction throws(StoreError) in
            transaction.signal(.jobs)
            throw StoreError.aborted(status: 1)
        }
        try fixture.insert("silent")
        #expect(seen.withLock { $0 } == [.events])
        observation.cancel()
        try fixture.database.write { $0.signal(.events) }
        #expect(seen.withLock { $0 } == [.events])
    }

    @Test("close finishes what waits and refuses what comes later")
    func closes() throws {
        let fixture = try Fixture()
        let barrier = WriterBarrier(fixture.database)
        let outcomes = Outcomes()
        fixture.database.submitWrite { transaction throws(StoreError) in
            try Fixture.insert("waiting", in: transaction)
        } completion: {
            outcomes.note(0, $0)
        }
        barrier.release()
        fixture.database.close()
        #expect(outcomes.wait(for: 1)[0] == .some(nil))
        #expect(fixture.failure(of: "INSERT INTO item(name) VALUES('late')")?.code == .cancelled)
        let again = Database(path: fixture.database.path, pool: fixture.pool)
        let count = try again.read { transaction throws(StoreError) in
            var count: Int64 = 0
            try transaction.execute("SELECT count(*) FROM item") { row throws(StoreError) in
                count = row.integer(0)
                return false
            }
            return count
        }
        #expect(count == 1)
    }
}
