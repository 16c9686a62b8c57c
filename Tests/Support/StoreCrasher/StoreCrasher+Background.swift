import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Glibc
import Synchronization

extension StoreCrasher {
    /// Delivers five events, of which the third ends the process.
    static func deliverPoison(from database: Database, pool: ThreadPool) throws(StoreError) {
        let dispatcher = Dispatcher(share: PoolShare(pool: pool, limit: 4), timers: TimerQueue())
        try dispatcher.addPublisher("crasher", database: database)
        var policy = RetryPolicy()
        policy.initialMilliseconds = 1
        policy.maximumAttempts = 3
        try dispatcher.subscribe(toTypes: ["made": policy], of: "crasher", as: "reader") { event in
            let number = String(decoding: event.data, as: UTF8.self)
            if number == "3" {
                printLine("poisoned \(event.attempt)")
                _exit(9)
            }
            printLine("delivered \(number)")
            return .done
        }
        if try EventLog.entries(in: database).isEmpty {
            try HostTables.installJobs(in: database)
            try database.write { transaction throws(StoreError) in
                for number in 1...5 { try publish(key: "\(number)", data: "\(number)", in: transaction) }
            }
        }
        dispatcher.start()
        while true { pause() }
    }

    /// Runs a job every minute of a clock that goes a minute each millisecond, from where the last process came to.
    static func runSchedules(of database: Database, pool: ThreadPool) throws(StoreError) {
        let start = try ScheduleList.entries(in: database).first?.lastQueuedMilliseconds ?? 1_700_000_000_000
        let clock = AcceleratedClock(start: start)
        let timers = TimerQueue(clock: { clock.now })
        var configuration = JobRunner.Configuration()
        configuration.schedules = [Schedule(name: "tick", job: "tick", timing: .every(milliseconds: 60_000))]
        let runner = try JobRunner(
            database: database, share: PoolShare(pool: pool, limit: 4), timers: timers, clock: { clock.now },
            configuration: configuration
        ) { job in
            printLine("ran \(job.id)")
            return .done
        }
        try runner.start()
        while true {
            usleep(1000)
            clock.advance()
            timers.clockChanged()
        }
    }
}

/// A clock that goes a minute at a time.
private final class AcceleratedClock: Sendable {
    private let milliseconds: Atomic<Int64>

    init(start: Int64) { milliseconds = Atomic(start) }

    var now: Int64 { milliseconds.load(ordering: .sequentiallyConsistent) }
    func advance() { milliseconds.add(60_000, ordering: .sequentiallyConsistent) }
}
