import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Testing

@Suite("Jobs for operators, and what is due")
struct JobListTests {
    private let fixture = EventFixture()

    private func jobs(_ filter: JobList.Filter = .init()) throws -> [JobList.Entry] {
        try JobList.entries(in: fixture.database, filter)
    }

    private func set(_ sequence: Int64, state: Int64) throws {
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "UPDATE gantry_job SET state = $2, attempt = 4 WHERE sequence = $1",
                [.integer(sequence), .integer(state)])
        }
    }

    @Test("jobs are listed by state and name, in pages, and shown with their payload")
    func lists() throws {
        try HostTables.installJobs(in: fixture.database)
        for number in 1...4 { try fixture.enqueue(number == 3 ? "post" : "mail", number: number) }
        try set(4, state: 2)
        #expect(try jobs(.init(state: .waiting, name: "mail")).map(\.sequence) == [1, 2])
        #expect(try jobs(.init(state: .failed)).map(\.sequence) == [4])
        #expect(try jobs(.init(afterSequence: 2)).map(\.sequence) == [3, 4])
        let job = try #require(try JobList.job(try jobs()[2].id, in: fixture.database))
        #expect(job.entry.name == "post" && job.payload == Array("3".utf8))
        #expect(try JobList.job(UniqueIdentifier(high: 1, low: 1), in: fixture.database) == nil)
    }

    @Test("a job that waits or failed is retried or cancelled; one that runs is left alone")
    func changes() throws {
        try HostTables.installJobs(in: fixture.database)
        for number in 1...4 { try fixture.enqueue("mail", number: number, notBefore: .max) }
        try set(1, state: 2)
        try set(2, state: 1)
        try set(4, state: 2)
        let ids = try jobs().map(\.id)
        #expect(try JobList.retry(ids[0], in: fixture.database) == .done)
        #expect(try JobList.retry(ids[1], in: fixture.database) == .refused(.running))
        #expect(try JobList.cancel(ids[1], in: fixture.database) == .refused(.running))
        #expect(try JobList.cancel(ids[2], in: fixture.database) == .done)
        #expect(try JobList.cancel(ids[2], in: fixture.database) == .missing)
        #expect(try JobList.retryFailed(name: "other", in: fixture.database) == 0)
        #expect(try JobList.retryFailed(name: nil, in: fixture.database) == 1)
        #expect(try jobs().map(\.state) == [.waiting, .running, .waiting])
        #expect(try jobs().map(\.attempt) == [0, 4, 0])
        #expect(try jobs().map(\.notBeforeMilliseconds) == [0, .max, 0])
    }

    @Test("what is due tells of jobs, schedules, events and retries, and of nothing where there is nothing")
    func nextDue() throws {
        let due = { try PendingWork.nextDueMilliseconds(in: fixture.database) }
        #expect(try due() == nil)
        #expect(!fixture.database.fileExists)
        let now = fixture.clock.now
        var configuration = JobRunner.Configuration()
        let runner = try fixture.runner(configuration) { _ in .done }
        try runner.start()
        runner.stop()
        #expect(try due() == nil)
        try fixture.enqueue("mail", number: 1, notBefore: now + 90_000_000)
        #expect(try due() == now + 90_000_000)
        configuration.schedules = [Schedule(name: "s", job: "mail", timing: .every(milliseconds: 86_400_000))]
        let scheduled = try fixture.runner(configuration) { _ in .done }
        try scheduled.start()
        scheduled.stop()
        #expect(try due() == (now / 86_400_000 + 1) * 86_400_000)

        let dispatcher = fixture.dispatcher()
        try dispatcher.addPublisher("sessions", database: fixture.database)
        let journal = Journal()
        try dispatcher.subscribe(toTypes: ["made"], of: "sessions", as: "reader") { event in
            journal.note("\(event.number)")
            return .retry(reason: "not now")
        }
        try fixture.publish([1], key: "a", type: "other")
        #expect(try due().map { $0 > now } == true)
        try fixture.publish([2], key: "a")
        #expect(try due() == 0)
        dispatcher.start()
        _ = journal.wait(for: 1)
        #expect(try eventually { (now + 1000...now + 1250).contains(try due() ?? 0) })
        dispatcher.stop()
        // What is replayed has had no attempt yet, and is due at once.
        let id = UniqueIdentifier(high: 7, low: 2)
        #expect(try EventReplay.replay(.event(id), to: "reader", in: fixture.database) == 1)
        #expect(try due() == 0)
        // As a process leaves it behind that is killed while it runs a job.
        try set(1, state: 1)
        #expect(try due() == 0)
    }

    @Test("the runner tells how many jobs stand where")
    func counts() throws {
        let seen = Lock(JobCounts())
        let gate = Latch()
        var configuration = JobRunner.Configuration()
        configuration.concurrency = 1
        configuration.policies = ["mail": RetryPolicy(attempts: 1)]
        let runner = try fixture.runner(configuration, report: { counts in seen.withLock { $0 = counts } }) { job in
            gate.wait()
            return job.number == 2 ? .retry(reason: "no") : .done
        }
        for number in 1...3 { try fixture.enqueue("mail", number: number) }
        try runner.start()
        #expect(eventually { seen.withLock { $0 } == JobCounts(waiting: 2, running: 1, failed: 0) })
        gate.open()
        #expect(eventually { seen.withLock { $0 } == JobCounts(waiting: 0, running: 0, failed: 1) })
        runner.stop()
    }
}
