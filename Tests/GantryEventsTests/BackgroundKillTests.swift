import GantryEvents
import GantryStore
import Testing

@Suite("Background work and kill -9")
struct BackgroundKillTests {
    private let fixture = EventFixture()

    @Test("an event whose delivery ends the process is given up after its attempts, and blocks none for ever")
    func poison() throws {
        var lines: [String] = []
        // It comes to the process' end once before attempts are counted, then once for each of the three.
        for _ in 0..<4 { lines += try Child(mode: "poison", path: fixture.database.path).linesUntilKilled(after: 100) }
        #expect(lines.filter { $0.hasPrefix("poisoned") }.suffix(3) == ["poisoned 1", "poisoned 2", "poisoned 3"])
        #expect(!lines.contains("delivered 5"))
        let last = try Child(mode: "poison", path: fixture.database.path).linesUntilKilled(after: 2)
        #expect(last == ["delivered 4", "delivered 5"])
        let dead = try EventLog.deliveries(in: fixture.database).filter(\.isDead)
        #expect(dead.map(\.sequence) == [3] && dead.map(\.attempt) == [3])
        #expect(dead.first?.lastError == "The delivery was cut off by the end of the process.")
    }

    @Test("each occurrence of a schedule queues its job once, however often the process is killed, and it runs")
    func schedules() throws {
        var ran: [String] = []
        for _ in 0..<6 {
            let lines = try Child(mode: "schedules", path: fixture.database.path).linesUntilKilled(after: 60)
            ran += lines.map { String($0.dropFirst(4)) }
        }
        let queued = try fixture.database.read(as: .host) { transaction throws(StoreError) in
            var jobs: [(occurrence: Int64, id: String)] = []
            try transaction.execute("SELECT occurrence_ms, hex(job_id) FROM gantry_schedule_run ORDER BY 1") {
                row throws(StoreError) in
                jobs.append((row.integer(0), row.string(1).lowercased()))
                return true
            }
            return jobs
        }
        #expect(queued.count >= 350)
        #expect(queued.allSatisfy { $0.occurrence % 60_000 == 0 })
        #expect(Set(queued.map(\.id)).count == queued.count)
        let ranIDs = Set(ran.map { $0.filter { $0 != "-" } })
        let waiting = Set(try JobList.entries(in: fixture.database).map { "\($0.id)".filter { $0 != "-" } })
        // Nothing ran that no occurrence has queued, and what was queued ran or still waits to.
        #expect(ranIDs.isSubset(of: queued.map(\.id)))
        #expect(Set(queued.map(\.id)).subtracting(ranIDs).subtracting(waiting).isEmpty)
        // A run that was cut off is repeated; nothing else runs twice.
        #expect(ran.count - ranIDs.count <= 6)
    }
}
