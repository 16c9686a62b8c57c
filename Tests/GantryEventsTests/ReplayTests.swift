import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Synchronization
import Testing

@Suite("Replay, dead letters and purge")
struct ReplayTests {
    private let fixture = EventFixture()
    private let journal = Journal()

    /// A subscriber of two types that notes what it gets; one with a number in `broken` is given up.
    private func dispatcher(broken: Set<Int> = []) throws -> Dispatcher {
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        try dispatcher.subscribe(toTypes: ["made", "gone"], of: "sessions", as: "reader") { [journal] event in
            journal.note("\(event.number) \(event.id)")
            return broken.contains(event.number) ? .giveUp(reason: "unreadable") : .done
        }
        dispatcher.start()
        return dispatcher
    }

    private func id(_ number: Int) -> UniqueIdentifier { UniqueIdentifier(high: 7, low: UInt64(number)) }

    private func states() throws -> [EventLog.State] { try EventLog.entries(in: fixture.database).map(\.state) }

    private func replay(_ selection: EventReplay.Selection, type: String? = nil) throws -> Int {
        try EventReplay.replay(selection, type: type, to: "reader", in: fixture.database)
    }

    @Test("one event, those of a time and those of a type come again, with their ids and in their order")
    func replays() throws {
        let dispatcher = try dispatcher()
        try fixture.publish([1, 2], key: "a")
        fixture.advance(10_000)
        let middle = fixture.clock.now
        try fixture.publish([3], key: "a", type: "gone")
        try fixture.publish([4], key: "a", type: "unwanted")
        try fixture.publish([5], key: "b")
        let first = journal.wait(for: 4)
        #expect(try eventually { try states().allSatisfy { $0 == .delivered } })

        #expect(try replay(.event(id(2))) == 1)
        #expect(journal.wait(for: 5).last == first[1])
        #expect(try replay(.time(middle..<middle + 1)) == 2)
        #expect(journal.wait(for: 7).suffix(2) == first[2...3])
        #expect(try replay(.time(0..<middle + 1), type: "made") == 3)
        #expect(journal.wait(for: 10).suffix(3) == [first[0], first[1], first[3]])
        #expect(try replay(.event(id(4))) == 0)
        #expect(try replay(.event(id(99))) == 0)
        #expect(try EventReplay.replay(.event(id(1)), to: "nobody", in: fixture.database) == 0)
        #expect(try eventually { try EventLog.deliveries(in: fixture.database).isEmpty })
        dispatcher.stop()
    }

    @Test("a replay that comes while the event is just being delivered has it delivered once more")
    func replaysDuringDelivery() throws {
        let gate = Latch()
        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { [journal] event in
            journal.note("\(event.id)")
            // The second time, which is the first replay.
            if journal.entries.count == 2 { gate.wait() }
            return .done
        }
        dispatcher.start()
        try fixture.publish([1], key: "a")
        _ = journal.wait(for: 1)
        #expect(try eventually { try states() == [.delivered] })
        #expect(try replay(.event(id(1))) == 1)
        #expect(journal.wait(for: 2).count == 2)
        #expect(try replay(.event(id(1))) == 1)
        gate.open()
        #expect(Set(journal.wait(for: 3)).count == 1 && journal.entries.count == 3)
        #expect(try eventually { try EventLog.deliveries(in: fixture.database).isEmpty })
        dispatcher.stop()
    }

    @Test("what was not delivered yet is not replayed: it comes anyway, and once")
    func undelivered() throws {
        try dispatcher().stop()
        try fixture.publish([1], key: "a")
        #expect(try replay(.event(id(1))) == 0)
        #expect(try states() == [.pending])
        let dispatcher = try dispatcher()
        #expect(journal.wait(for: 1).count == 1)
        #expect(try eventually { try states() == [.delivered] })
        dispatcher.stop()
        #expect(journal.entries.count == 1)
    }

    @Test("a poisoned event becomes a dead letter and blocks none; dead letters are replayed or purged")
    func deadLetters() throws {
        let broken = try dispatcher(broken: [2, 3])
        try fixture.publish([1, 2], key: "a")
        try fixture.publish([3], key: "a", type: "gone")
        try fixture.publish([4], key: "a")
        #expect(journal.wait(for: 4).map { $0.first } == ["1", "2", "3", "4"])
        #expect(try eventually { try states() == [.delivered, .dead, .dead, .delivered] })
        #expect(try EventLog.entries(in: fixture.database, .init(state: .dead, type: "gone")).map(\.sequence) == [3])
        broken.stop()
        let mended = try dispatcher()
        #expect(try EventReplay.replay(.deadLetters, type: "made", to: nil, in: fixture.database) == 1)
        #expect(journal.wait(for: 5).last?.first == "2")
        #expect(try eventually { try states() == [.delivered, .dead, .delivered, .delivered] })
        #expect(try EventPurge.removeDeadLetters(of: "nobody", in: fixture.database) == 0)
        #expect(try EventPurge.removeDeadLetters(of: "reader", in: fixture.database) == 1)
        #expect(try states().allSatisfy { $0 == .delivered })
        mended.stop()
    }

    @Test("a purge removes what everybody has got and nothing else")
    func purges() throws {
        let dispatcher = try dispatcher(broken: [2])
        try fixture.publish([1, 2, 3], key: "a")
        _ = journal.wait(for: 3)
        #expect(try eventually { try states() == [.delivered, .dead, .delivered] })
        dispatcher.stop()
        try fixture.publish([4], key: "a")
        #expect(try EventPurge.removeDelivered(before: fixture.clock.now, in: fixture.database) == 0)
        #expect(try EventPurge.removeDelivered(before: .max, in: fixture.database) == 2)
        #expect(try EventLog.entries(in: fixture.database).map(\.sequence) == [4, 2])
        #expect(try EventPurge.forget(subscriber: "reader", in: fixture.database))
        #expect(try !EventPurge.forget(subscriber: "reader", in: fixture.database))
        #expect(try EventPurge.removeDelivered(before: .max, in: fixture.database) == 2)
        #expect(try EventLog.subscribers(in: fixture.database).isEmpty)
    }

    @Test("an event is shown with its data; pages follow each other")
    func shows() throws {
        try HostTables.installEvents(in: fixture.database)
        try fixture.publish([1, 2, 3], key: "a")
        let event = try #require(try EventLog.event(id(2), in: fixture.database))
        #expect(event.entry.sequence == 2 && event.data == Array("2".utf8))
        #expect(try EventLog.event(id(9), in: fixture.database) == nil)
        let page = try EventLog.entries(in: fixture.database, limit: 2).map(\.sequence)
        #expect(page == [3, 2])
        #expect(try EventLog.entries(in: fixture.database, .init(beforeSequence: 2)).map(\.sequence) == [1])
    }

    @Test("tables of the first version are brought up to date with what they hold")
    func upgrades() throws {
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "CREATE TABLE gantry_schema(part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT")
            for (part, tables) in [("events", HostTables.eventsOfVersion1), ("jobs", HostTables.jobsOfVersion1)] {
                for statement in tables { try transaction.execute(text: statement) }
                try transaction.execute("INSERT INTO gantry_schema VALUES($1, 1)", [.text(part)])
            }
            try transaction.execute("INSERT INTO gantry_subscriber VALUES('reader', 0)")
        }
        try fixture.publish([1], key: "a")
        try fixture.enqueue("mail", number: 1)
        #expect(try EventLog.entries(in: fixture.database).count == 1)
        #expect(try JobList.entries(in: fixture.database).count == 1)
        #expect(try ScheduleList.entries(in: fixture.database).isEmpty)
        let dispatcher = try dispatcher()
        #expect(journal.wait(for: 1).count == 1)
        dispatcher.stop()
    }
}

extension HostTables {
    /// As version 0.1.0 made them.
    fileprivate static let eventsOfVersion1 = [
        """
        CREATE TABLE gantry_outbox(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, type TEXT NOT NULL,
        key TEXT NOT NULL, data BLOB NOT NULL, time_ms INTEGER NOT NULL, trace BLOB) STRICT
        """,
        "CREATE TABLE gantry_subscriber(name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        """
        CREATE TABLE gantry_delivery(subscriber TEXT NOT NULL, sequence INTEGER NOT NULL, key TEXT NOT NULL,
        attempt INTEGER NOT NULL, not_before_ms INTEGER NOT NULL, state INTEGER NOT NULL, last_error TEXT NOT NULL,
        PRIMARY KEY(subscriber, sequence)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX gantry_delivery_key ON gantry_delivery(subscriber, key, sequence) WHERE state = 0",
    ]

    fileprivate static let jobsOfVersion1 = [
        """
        CREATE TABLE gantry_job(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, name TEXT NOT NULL,
        key TEXT NOT NULL, payload BLOB NOT NULL, trace BLOB, queued_ms INTEGER NOT NULL,
        not_before_ms INTEGER NOT NULL, attempt INTEGER NOT NULL, state INTEGER NOT NULL, last_error TEXT NOT NULL)
        STRICT
        """,
        "CREATE INDEX gantry_job_due ON gantry_job(state, not_before_ms, sequence)",
        "CREATE INDEX gantry_job_key ON gantry_job(name, key, sequence) WHERE state < 2",
    ]
}
