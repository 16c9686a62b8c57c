import GantryEvents
import GantryStore
import GantryThreads
import Synchronization
import Testing

@Suite("Durability")
struct KillTests {
    let fixture = EventFixture()

    @Test("every write that was acknowledged before kill -9 is there afterwards, and none by half")
    func writesSurviveKill() throws {
        let lines = try Child(mode: "rows", path: fixture.database.path).linesUntilKilled(after: 500)
        let acknowledged = Set(lines.compactMap { Int64($0) })
        #expect(acknowledged.count >= 500)
        let (items, shadows) = try fixture.database.read { transaction throws(StoreError) in
            (
                try Self.numbers("SELECT id FROM item", in: transaction),
                try Self.numbers("SELECT id FROM shadow", in: transaction)
            )
        }
        #expect(acknowledged.subtracting(items).isEmpty)
        #expect(items == shadows)
        let check = try fixture.database.read(as: .host) { transaction throws(StoreError) in
            var answer = ""
            try transaction.execute("PRAGMA integrity_check") { row throws(StoreError) in
                answer = row.string(0)
                return false
            }
            return answer
        }
        #expect(check == "ok")
    }

    @Test("events and jobs that were committed before kill -9 are all delivered and run, in order, by the next start")
    func eventsAndJobsSurviveKill() throws {
        let lines = try Child(mode: "events", path: fixture.database.path).linesUntilKilled(after: 900)
        let published = lines.filter { $0.hasPrefix("published ") }.map { $0.dropFirst(10) }
        let deliveredBefore = lines.filter { $0.hasPrefix("delivered ") }.map { $0.dropFirst(10) }
        let ranBefore = lines.filter { $0.hasPrefix("ran ") }.map { $0.dropFirst(4) }
        #expect(!published.isEmpty && !deliveredBefore.isEmpty && !ranBefore.isEmpty)
        let total = try EventLog.entries(in: fixture.database, limit: 1_000_000).count
        #expect(total >= published.count)

        let delivered = Journal()
        let ran = Journal()
        let dispatcher = Dispatcher(share: PoolShare(pool: fixture.pool, limit: 4), timers: fixture.timers)
        try dispatcher.addPublisher("crasher", database: fixture.database)
        try dispatcher.subscribe(toTypes: ["made"], of: "crasher", as: "reader") { event in
            delivered.note("\(event.key) \(event.number)")
            return .done
        }
        let runner = try JobRunner(
            database: fixture.database, share: PoolShare(pool: fixture.pool, limit: 4), timers: fixture.timers
        ) { job in
            ran.note("\(job.key) \(job.number)")
            return .done
        }
        dispatcher.start()
        try runner.start()
        let all = { (before: [Substring], journal: Journal) in Set(before.map(String.init) + journal.entries) }
        #expect(eventually { all(deliveredBefore, delivered).count >= total })
        #expect(eventually { all(ranBefore, ran).count >= total })
        #expect(try eventually { try JobList.entries(in: fixture.database).isEmpty })
        #expect(Set(published.map(String.init)).subtracting(all(deliveredBefore, delivered)).isEmpty)
        #expect(Set(published.map(String.init)).subtracting(all(ranBefore, ran)).isEmpty)
        for entries in [deliveredBefore.map(String.init), delivered.entries, ranBefore.map(String.init), ran.entries] {
            for key in 0..<4 {
                let numbers = entries.filter { $0.hasPrefix("\(key) ") }.compactMap { Int($0.dropFirst(2)) }
                #expect(numbers == numbers.sorted())
            }
        }
        dispatcher.stop()
        runner.stop()
    }

    private static func numbers(_ sql: StaticString, in transaction: Transaction) throws(StoreError) -> Set<Int64> {
        var numbers: Set<Int64> = []
        try transaction.execute(sql) { row throws(StoreError) in
            numbers.insert(row.integer(0))
            return true
        }
        return numbers
    }
}
