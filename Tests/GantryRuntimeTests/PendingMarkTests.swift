import GantryStore
import GantryThreads
import Synchronization
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("Marks of databases in which work waits")
struct PendingMarkTests {
    private let temporary = TemporaryFolder()
    private let pool = ThreadPool(name: "test", threadCount: 2)
    private let directory: HostDirectory
    private let numbers = PendingMark.Numbers(after: 0)
    private let place = HostDirectory.Place(tenant: "harbor", module: "guestbook")

    init() throws {
        directory = try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
        _ = try directory.insertTenant(id: "harbor", name: "Harbor", atMilliseconds: 0)
        try directory.save(
            .init(tenant: "harbor", module: "guestbook", isEnabled: true, configuration: "{}", limits: "{}", mount: ""))
        try directory.saveSchema("1 a", place)
    }

    private func mark() throws -> PendingMark {
        PendingMark(
            directory: directory, place: place, numbers: numbers, record: try directory.databaseRecord(place))
    }

    private func isMarked() throws -> Bool { try directory.databaseRecord(place)?.mark != 0 }

    /// A database that marks itself, with a table to write to.
    private func database(_ mark: PendingMark) throws -> Database {
        let database = Database(path: "\(temporary.path)/module.db", pool: pool) { _ throws(StoreError) in
            try mark.ensure()
        }
        try database.write(as: .migration) { transaction throws(StoreError) in
            try transaction.execute("CREATE TABLE IF NOT EXISTS work (id INTEGER PRIMARY KEY)", privilege: .migration)
        }
        return database
    }

    private func commit(_ database: Database, signals: CommitSignals) throws {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("INSERT INTO work DEFAULT VALUES")
            if !signals.isEmpty { transaction.signal(signals) }
        }
    }

    @Test("a commit that leaves work is marked before it is made, and one that leaves none is not")
    func beforeCommit() throws {
        let database = try database(mark())
        defer { database.close() }
        try commit(database, signals: [])
        #expect(try !isMarked())
        try commit(database, signals: .events)
        #expect(try isMarked())
    }

    @Test("one write of the directory serves all work until the database is idle again")
    func onceOnly() throws {
        let mark = try mark()
        let database = try database(mark)
        defer { database.close() }
        try commit(database, signals: .jobs)
        let before = directory.database.statistics.commitCount
        for _ in 0..<50 { try commit(database, signals: .events) }
        #expect(directory.database.statistics.commitCount == before)
    }

    @Test("a commit whose mark cannot be written is not made")
    func unmarkable() throws {
        let database = try database(mark())
        defer { database.close() }
        directory.close()
        #expect(throws: StoreError.self) { try commit(database, signals: .events) }
        try commit(database, signals: [])
        let count = try database.read(as: .host) { transaction throws(StoreError) in
            var count: Int64 = 0
            try transaction.execute("SELECT count(*) FROM work") { row in
                count = row.integer(0)
                return false
            }
            return count
        }
        #expect(count == 1)
    }

    @Test("a mark goes when nothing waits, and stays when something does")
    func clearing() throws {
        let mark = try mark()
        try mark.ensure()
        try mark.clearIfIdle { 0 }
        #expect(try isMarked() && mark.stands)
        try mark.clearIfIdle { nil }
        #expect(try !isMarked() && !mark.stands)
    }

    @Test("work that comes while a mark is being taken away is marked all the same")
    func race() throws {
        let mark = try mark()
        try mark.ensure()
        // What is asked for work says that there is none, and work comes a moment later.
        try mark.clearIfIdle { () throws(StoreError) in
            try mark.ensure()
            return nil
        }
        #expect(try isMarked() && mark.stands)
        try mark.clearIfIdle { nil }
        #expect(try !isMarked())
    }

    @Test("a mark for later is replaced when work comes that is due at once")
    func later() throws {
        try mark().settle(dueMilliseconds: 4_000_000_000_000)
        #expect(try directory.databaseRecord(place)?.dueMilliseconds == 4_000_000_000_000)
        let mark = try mark()
        try mark.ensure()
        #expect(try directory.databaseRecord(place)?.dueMilliseconds == 0)
        try mark.settle(dueMilliseconds: nil)
        #expect(try !isMarked())
    }

    @Test("a note of what is due later takes no mark's place, and work that comes takes the note's")
    func notes() throws {
        let mark = try mark()
        try mark.note(dueMilliseconds: 4_000_000_000_000)
        #expect(try directory.databaseRecord(place)?.dueMilliseconds == 4_000_000_000_000)
        try mark.ensure()
        #expect(try directory.databaseRecord(place)?.dueMilliseconds == 0)
        try mark.note(dueMilliseconds: 4_000_000_000_000)
        #expect(try directory.databaseRecord(place)?.dueMilliseconds == 0)
        try mark.clearIfIdle { nil }
        #expect(try !isMarked())
    }

    @Test("many writers and a sweep: whatever is committed last with work is marked")
    func manyWriters() throws {
        let mark = try mark()
        let database = try database(mark)
        defer { database.close() }
        for _ in 0..<20 {
            let waits = Atomic<Bool>(false)
            BoundedCall.forEach(Array(0..<4), threadCount: 4) { index in
                if index == 0 {
                    try? mark.clearIfIdle { () throws(StoreError) in
                        try database.write(as: .host) { _ in }
                        return waits.load(ordering: .sequentiallyConsistent) ? 0 : nil
                    }
                } else {
                    _ = try? database.write(as: .host) { transaction throws(StoreError) in
                        transaction.signal(.events)
                        waits.store(true, ordering: .sequentiallyConsistent)
                    }
                }
            }
            #expect(try isMarked())
        }
    }
}
