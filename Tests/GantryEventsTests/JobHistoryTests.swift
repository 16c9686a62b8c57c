import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Testing

@Suite("Jobs as a tenant's administrators see them")
struct JobHistoryTests {
    let fixture = EventFixture()

    private func runner(
        keeping milliseconds: Int64? = JobHistory.keptMilliseconds, _ body: @escaping JobRunner.Body
    ) throws -> JobRunner {
        var configuration = JobRunner.Configuration()
        configuration.historyMilliseconds = milliseconds
        var policy = RetryPolicy()
        policy.maximumAttempts = 2
        policy.initialMilliseconds = 0
        configuration.policies = ["mail": policy]
        return try fixture.runner(configuration, run: body)
    }

    private func newest(_ state: JobHistory.State? = nil, limit: Int = 10) throws -> [JobHistory.Entry] {
        try JobHistory.newest(state, limit: limit, in: fixture.database).entries
    }

    @Test("What has ended well is remembered where it is to be, the newest first")
    func remembers() throws {
        let runner = try runner { _ in .done }
        try runner.start()
        for number in 0..<3 { try fixture.enqueue("mail", number: number) }
        #expect(try eventually { try newest(.completed).count == 3 })
        let entries = try newest(limit: 2)
        #expect(entries.count == 2 && entries[0].queuedMilliseconds >= entries[1].queuedMilliseconds)
        #expect(entries.allSatisfy { $0.startedMilliseconds != nil && $0.endedMilliseconds != nil && $0.attempts == 1 })
        #expect(try JobHistory.newest(nil, limit: 0, in: fixture.database).total == 3)
        #expect(try JobHistory.counts(since: 0, in: fixture.database) == .init(queued: 0, completed: 3, failed: 0))
        #expect(runner.stop(until: .after(.seconds(10))))
    }

    @Test("Without a history what has ended well is gone")
    func forgets() throws {
        let runner = try runner(keeping: nil) { _ in .done }
        try runner.start()
        try fixture.enqueue("mail", number: 1)
        #expect(try eventually { try JobList.entries(in: fixture.database).isEmpty })
        #expect(try newest().isEmpty)
        #expect(runner.stop(until: .after(.seconds(10))))
    }

    @Test("A job that was given up is tried once more, and not again and again")
    func retries() throws {
        let journal = Journal()
        let runner = try runner { job in
            journal.note("\(job.attempt)")
            return .retry(reason: "no\nway")
        }
        try runner.start()
        try fixture.enqueue("mail", number: 1)
        #expect(try eventually { try newest(.failed).count == 1 })
        let failed = try #require(try newest().first)
        #expect(failed.attempts == 2 && failed.error == "no\nway" && failed.endedMilliseconds != nil)
        #expect(try JobHistory.counts(since: 0, in: fixture.database).failed == 1)
        let again = try #require(try JobHistory.retry(failed.id, in: fixture.database))
        #expect(again.isQueued && again.entry.state == .queued && again.entry.granted == 3)
        #expect(again.entry.error.isEmpty && again.entry.startedMilliseconds == nil)
        #expect(journal.wait(for: 3) == ["1", "2", "3"])
        #expect(try eventually { try newest(.failed).count == 1 })
        #expect(try newest().first?.attempts == 3)
        #expect(try JobHistory.retry(UniqueIdentifier(high: 1, low: 2), in: fixture.database) == nil)
        #expect(runner.stop(until: .after(.seconds(10))))
    }

    @Test("Only what has failed is tried again")
    func refuses() throws {
        _ = try runner { _ in .done }
        try fixture.enqueue("mail", number: 1)
        let waiting = try #require(try newest().first)
        let answer = try #require(try JobHistory.retry(waiting.id, in: fixture.database))
        #expect(!answer.isQueued && answer.entry.state == .queued)
    }
}
