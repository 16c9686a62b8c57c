import GantryCore
import GantryStore
import GantryThreads
import Testing

@testable import GantryEvents

@Suite("Schedules of a database")
struct ScheduleRunTests {
    private let fixture = EventFixture()
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000

    private func store(_ schedules: Schedule...) -> ScheduleStore {
        ScheduleStore(database: fixture.database, schedules: schedules, place: "tenant/module")
    }

    private func hourly(_ missed: Schedule.Missed = .once) -> Schedule {
        Schedule(name: "sweep", job: "sweep", timing: .every(milliseconds: Self.hour), missed: missed)
    }

    private func install(_ store: ScheduleStore) throws {
        try HostTables.installJobs(in: fixture.database)
        try store.install(atMilliseconds: fixture.clock.now)
    }

    private func jobs() throws -> [JobList.Entry] { try JobList.entries(in: fixture.database, limit: 10_000) }

    /// As if all that was queued had run.
    private func finishJobs() throws {
        for job in try jobs() { _ = try JobList.cancel(job.id, in: fixture.database) }
    }

    /// What the clock shows is moved to a full hour first.
    private func toFullHour() { fixture.clock.advance(Self.hour - fixture.clock.now % Self.hour) }

    @Test("a job is queued at its time and not before, again at the next one, and runs with its payload")
    func runs() throws {
        toFullHour()
        let journal = Journal()
        var configuration = JobRunner.Configuration()
        var schedule = hourly()
        schedule.payload = #"{"days":7}"#
        configuration.schedules = [schedule]
        let runner = try fixture.runner(configuration) { job in
            journal.note("\(job.name) \(job.key) \(String(decoding: job.payload, as: UTF8.self)) \(job.attempt)")
            return .done
        }
        try runner.start()
        for round in 1...3 {
            #expect(eventually { fixture.timers.waitingCount == 1 })
            fixture.advance(Self.hour - 1)
            #expect(eventually { fixture.timers.waitingCount == 1 })
            #expect(journal.entries.count == round - 1)
            fixture.advance(1)
            #expect(journal.wait(for: round).count == round)
            #expect(try eventually { try jobs().isEmpty })
        }
        #expect(journal.entries[0] == #"sweep schedule/sweep {"days":7} 1"#)
        #expect(runner.stop(until: .after(.seconds(20))))
        fixture.advance(10 * Self.hour)
        #expect(journal.entries.count == 3)
        let entry = try ScheduleList.entries(in: fixture.database)[0]
        #expect(entry.job == "sweep" && entry.timing == "every 1h" && entry.missedCount == 0)
    }

    @Test("ticks at the same time queue each occurrence once")
    func ticksAtOnce() throws {
        toFullHour()
        let store = store(hourly())
        try install(store)
        fixture.clock.advance(Self.hour)
        let callers = ThreadPool(name: "tick", threadCount: 8)
        let now = fixture.clock.now
        for _ in 0..<32 { _ = callers.submit { _ = try? store.queueDue(atMilliseconds: now) } }
        #expect(callers.drain(until: .after(.seconds(20))))
        #expect(try jobs().count == 1)
        try finishJobs()
        #expect(try store.queueDue(atMilliseconds: now) == now + Self.hour)
        #expect(try jobs().isEmpty)
    }

    @Test("of runs that were missed one is made up for, or none, as the manifest says", arguments: [true, false])
    func missed(isMadeUp: Bool) throws {
        toFullHour()
        let store = store(hourly(isMadeUp ? .once : .skip))
        try install(store)
        fixture.clock.advance(5 * Self.hour + 10 * Self.minute)
        let next = try store.queueDue(atMilliseconds: fixture.clock.now)
        #expect(next == fixture.clock.now + 50 * Self.minute)
        #expect(try jobs().count == (isMadeUp ? 1 : 0))
        #expect(try ScheduleList.entries(in: fixture.database)[0].missedCount == (isMadeUp ? 4 : 5))
        // On time again.
        try finishJobs()
        fixture.clock.advance(50 * Self.minute)
        _ = try store.queueDue(atMilliseconds: fixture.clock.now)
        #expect(try jobs().count == 1)
    }

    @Test("while an earlier run is not over no other is queued, and that is counted")
    func overlap() throws {
        toFullHour()
        let store = store(hourly())
        try install(store)
        for _ in 0..<3 {
            fixture.clock.advance(Self.hour)
            _ = try store.queueDue(atMilliseconds: fixture.clock.now)
        }
        #expect(try jobs().count == 1)
        #expect(try ScheduleList.entries(in: fixture.database)[0].missedCount == 2)
    }

    @Test("a clock that is set back runs nothing twice and waits for what comes next by it")
    func setBack() throws {
        toFullHour()
        let start = fixture.clock.now
        let store = store(hourly())
        try install(store)
        // Far ahead, where it runs, and back again.
        #expect(try store.queueDue(atMilliseconds: start + 48 * Self.hour) == start + 49 * Self.hour)
        try finishJobs()
        #expect(try store.queueDue(atMilliseconds: start + 1) == start + Self.hour)
        #expect(try jobs().isEmpty)
        for hour in 1...50 as ClosedRange<Int64> {
            _ = try store.queueDue(atMilliseconds: start + hour * Self.hour)
            // The 48th hour has had its run.
            #expect(try jobs().count == (hour == 48 ? 0 : 1), "hour \(hour)")
            try finishJobs()
        }
        // A second back, as time servers do it.
        #expect(try store.queueDue(atMilliseconds: start + 50 * Self.hour - 1000) == start + 51 * Self.hour)
        #expect(try jobs().isEmpty)
    }

    @Test("a new timing begins with its next moment; a schedule that is gone queues nothing")
    func changes() throws {
        toFullHour()
        try install(store(hourly()))
        var daily = hourly()
        daily.timing = .every(milliseconds: 24 * Self.hour)
        let changed = store(daily)
        fixture.clock.advance(Self.hour)
        try install(changed)
        let next = try #require(try changed.queueDue(atMilliseconds: fixture.clock.now))
        #expect(next > fixture.clock.now && next % (24 * Self.hour) == 0)
        try install(store())
        #expect(try ScheduleList.entries(in: fixture.database).isEmpty)
        #expect(try jobs().isEmpty)
    }

    @Test("a restart goes on with what was noted; what the jitter adds is part of it")
    func restarts() throws {
        toFullHour()
        var schedule = hourly()
        schedule.jitterMilliseconds = 30 * Self.minute
        let offset = schedule.offsetMilliseconds(at: "tenant/module")
        try install(store(schedule))
        #expect(offset > 1)
        fixture.clock.advance(offset - 1)
        try install(store(schedule))
        #expect(try store(schedule).queueDue(atMilliseconds: fixture.clock.now) == fixture.clock.now + 1)
        #expect(try jobs().isEmpty)
        fixture.clock.advance(1)
        try install(store(schedule))
        _ = try store(schedule).queueDue(atMilliseconds: fixture.clock.now)
        #expect(try jobs().count == 1)
    }

    @Test("only so many occurrences are remembered")
    func remembers() throws {
        toFullHour()
        let store = store(hourly())
        try install(store)
        for _ in 0..<1010 {
            fixture.clock.advance(Self.hour)
            _ = try store.queueDue(atMilliseconds: fixture.clock.now)
            try finishJobs()
        }
        let count = try fixture.database.read(as: .host) { transaction throws(StoreError) in
            var count: Int64 = 0
            try transaction.execute("SELECT count(*) FROM gantry_schedule_run") { row throws(StoreError) in
                count = row.integer(0)
                return false
            }
            return count
        }
        #expect(count == 1000)
    }
}
