import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Synchronization
import Testing

@Suite("Event delivery")
struct DispatcherTests {
    let fixture = EventFixture()

    @Test("committed events reach every subscriber of their type, in order, with all that they have")
    func delivers() throws {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        let first = Journal()
        let second = Journal()
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "first") { event in
            first.note("\(event.publisher) \(event.type) \(event.key) \(event.number) \(event.attempt) \(event.id)")
            return event.trace == TraceContext(traceIDHigh: 1, traceIDLow: 2, spanID: 3)
                ? .done : .giveUp(reason: "trace")
        }
        try dispatcher.subscribe(toTypes: ["made", "gone"], of: "sessions", as: "second") { event in
            second.note("\(event.type) \(event.number)")
            return .done
        }
        dispatcher.start()
        try fixture.publish([1, 2], key: "a")
        try fixture.publish([3], key: "a", type: "gone")
        try fixture.publish([4], key: "a", type: "other")
        try fixture.publish([5], key: "a")
        #expect(
            first.wait(for: 3) == [1, 2, 5].map { "sessions made a \($0) 1 00000000-0000-0007-0000-00000000000\($0)" })
        #expect(second.wait(for: 4) == ["made 1", "made 2", "gone 3", "made 5"])
        #expect(dispatcher.stop(until: .after(.seconds(10))))
        #expect(try EventLog.deliveries(in: fixture.database).isEmpty)
        #expect(try EventLog.entries(in: fixture.database).count == 5)
    }

    @Test("an event of a transaction that was undone does not exist")
    func undone() throws {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        let journal = Journal()
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { event in
            journal.note("\(event.number)")
            return .done
        }
        dispatcher.start()
        #expect(throws: StoreError.self) {
            try fixture.database.write { transaction throws(StoreError) in
                try fixture.publish(1, key: "", in: transaction)
                throw StoreError.aborted(status: 5)
            }
        }
        try fixture.publish([2], key: "")
        #expect(journal.wait(for: 1) == ["2"])
        dispatcher.stop()
    }

    @Test("a failing event holds back its key and no other, and comes again with growing waits")
    func holdsBackKey() throws {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        let journal = Journal()
        let isBroken = Atomic<Bool>(true)
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { event in
            journal.note("\(event.key)\(event.number)#\(event.attempt)")
            let fails = event.number == 1 && isBroken.load(ordering: .relaxed)
            return fails ? .retry(reason: "not now") : .done
        }
        dispatcher.start()
        try fixture.publish([1, 2], key: "a")
        try fixture.publish([3], key: "b")
        try fixture.publish([4], key: "a")
        #expect(journal.wait(for: 2) == ["a1#1", "b3#1"])
        #expect(try eventually { try EventLog.deliveries(in: fixture.database).count == 3 })
        let waiting = try EventLog.deliveries(in: fixture.database)
        #expect(waiting.map { $0.attempt } == [1, 0, 0])
        #expect(waiting[0].lastError == "not now")
        let firstWait = waiting[0].notBeforeMilliseconds - fixture.clock.now
        #expect(firstWait >= 1000 && firstWait <= 1250)

        fixture.advance(firstWait)
        #expect(journal.wait(for: 3).last == "a1#2")
        // It is counted before it is made; its wait is known afterwards.
        let isOver = { (delivery: EventLog.Delivery?) in delivery?.attempt == 2 && delivery?.lastError == "not now" }
        #expect(try eventually { isOver(try EventLog.deliveries(in: fixture.database).first) })
        let secondWait = try EventLog.deliveries(in: fixture.database)[0].notBeforeMilliseconds - fixture.clock.now
        #expect(secondWait >= 2000 && secondWait <= 2500)

        isBroken.store(false, ordering: .relaxed)
        fixture.advance(secondWait)
        #expect(journal.wait(for: 6).suffix(3) == ["a1#3", "a2#1", "a4#1"])
        #expect(try eventually { try EventLog.deliveries(in: fixture.database).isEmpty })
        dispatcher.stop()
    }

    @Test("events without a key do not wait for each other")
    func emptyKey() throws {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        let journal = Journal()
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { event in
            journal.note("\(event.number)")
            return event.number == 1 ? .retry(reason: "no") : .done
        }
        dispatcher.start()
        try fixture.publish([1, 2], key: "")
        try fixture.publish([3], key: "")
        #expect(journal.wait(for: 3) == ["1", "2", "3"])
        dispatcher.stop()
    }

    @Test("after the last attempt it is a dead letter, the key goes on, and an operator can retry it")
    func deadLetters() throws {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        let journal = Journal()
        let isBroken = Atomic<Bool>(true)
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader", RetryPolicy(attempts: 3)) { event in
            journal.note("\(event.number)#\(event.attempt)")
            let fails = event.number == 1 && isBroken.load(ordering: .relaxed)
            return fails ? .retry(reason: "never") : event.number == 3 ? .giveUp(reason: "unreadable") : .done
        }
        dispatcher.start()
        try fixture.publish([1, 2, 3, 4], key: "a")
        for attempt in 2...3 {
            _ = journal.wait(for: attempt - 1)
            #expect(eventually { fixture.timers.waitingCount == 1 })
            fixture.advance(10_000)
        }
        #expect(journal.wait(for: 6) == ["1#1", "1#2", "1#3", "2#1", "3#1", "4#1"])
        #expect(try eventually { try EventLog.deliveries(in: fixture.database).filter { $0.isDead }.count == 2 })
        let dead = try EventLog.deliveries(in: fixture.database).filter { $0.isDead }
        #expect(dead.map { $0.sequence } == [1, 3])
        #expect(dead.map { $0.lastError } == ["never", "unreadable"])

        isBroken.store(false, ordering: .relaxed)
        let id = UniqueIdentifier(high: 7, low: 1)
        #expect(try EventReplay.replay(.event(id), to: "reader", in: fixture.database) == 1)
        #expect(journal.wait(for: 7).last == "1#1")
        #expect(try eventually { try EventLog.deliveries(in: fixture.database).map { $0.sequence } == [3] })
        dispatcher.stop()
    }

    @Test("the next start goes on where the last one ended: what waits, what is new, and nothing twice")
    func resumes() throws {
        let journal = Journal()
        let before = fixture.dispatcher()
        try before.addPublisher("sessions", database: fixture.database)
        try before.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { event in
            journal.note("before \(event.number)#\(event.attempt)")
            return event.number == 2 ? .retry(reason: "no") : .done
        }
        before.start()
        try fixture.publish([1], key: "a")
        try fixture.publish([2], key: "b")
        _ = journal.wait(for: 2)
        #expect(before.stop(until: .after(.seconds(10))))
        // Published while nobody delivers.
        try fixture.publish([3], key: "a")
        try fixture.publish([4], key: "b")

        let after = fixture.dispatcher()
        try after.addPublisher("sessions", database: fixture.database)
        try after.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { event in
            journal.note("after \(event.number)#\(event.attempt)")
            return .done
        }
        after.start()
        #expect(journal.wait(for: 3).last == "after 3#1")
        #expect(eventually { fixture.timers.waitingCount == 1 })
        fixture.advance(2000)
        #expect(journal.wait(for: 5).suffix(2) == ["after 2#2", "after 4#1"])
        after.stop()
    }

    @Test("a subscriber that comes later gets what is published from then on")
    func lateSubscriber() throws {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        dispatcher.start()
        try fixture.publish([1], key: "a")
        let journal = Journal()
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "late") { event in
            journal.note("\(event.number)")
            return .done
        }
        try fixture.publish([2], key: "a")
        #expect(journal.wait(for: 1) == ["2"])
        // Gone for a while: what is published meanwhile waits.
        dispatcher.unsubscribe("late", from: "sessions")
        try fixture.publish([3], key: "a")
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "late") { event in
            journal.note("again \(event.number)")
            return .done
        }
        #expect(journal.wait(for: 2) == ["2", "again 3"])
        dispatcher.stop()
    }

    @Test("many events of many publishers' transactions arrive once each and in order per key")
    func manyEvents() throws {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        let journal = Journal()
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { event in
            journal.note("\(event.key)/\(event.number)")
            return .done
        }
        dispatcher.start()
        let callers = ThreadPool(name: "caller", threadCount: 8)
        for caller in 0..<8 {
            _ = callers.submit {
                for number in 0..<100 { try? fixture.publish([number], key: "k\(caller)") }
            }
        }
        #expect(callers.drain())
        let entries = journal.wait(for: 800)
        #expect(entries.count == 800)
        for caller in 0..<8 {
            #expect(entries.filter { $0.hasPrefix("k\(caller)/") } == (0..<100).map { "k\(caller)/\($0)" })
        }
        dispatcher.stop()
    }

    @Test("delivered events are removed after the time that they are kept")
    func trims() throws {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database, retentionMilliseconds: 3_600_000)
        let journal = Journal()
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { event in
            journal.note("\(event.number)")
            return event.number == 2 ? .giveUp(reason: "kept as a dead letter") : .done
        }
        dispatcher.start()
        try fixture.publish([1, 2, 3], key: "a")
        _ = journal.wait(for: 3)
        #expect(try eventually { try EventLog.deliveries(in: fixture.database).count == 1 })
        fixture.advance(4_000_000)
        try fixture.publish([4], key: "a")
        #expect(try eventually { try EventLog.entries(in: fixture.database).map { $0.sequence } == [4, 2] })
        dispatcher.stop()
    }
}
