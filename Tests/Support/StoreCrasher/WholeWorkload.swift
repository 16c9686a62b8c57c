import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Glibc

/// Rows with an event and a job each, whose handlers leave an effect behind that is deduplicated as a module does it:
/// in the handler's own transaction, by the id. Run again on the same file after each kill.
struct WholeWorkload {
    private let database: Database
    private let pool: ThreadPool
    private let timers = TimerQueue()
    private let dispatcher: Dispatcher
    private let runner: JobRunner

    private static let schema: [StaticString] = [
        "CREATE TABLE IF NOT EXISTS item(id INTEGER PRIMARY KEY) STRICT",
        "CREATE TABLE IF NOT EXISTS shadow(id INTEGER PRIMARY KEY REFERENCES item(id)) STRICT",
        "CREATE TABLE IF NOT EXISTS effect(kind TEXT, message TEXT, item INTEGER, PRIMARY KEY(kind, message)) STRICT",
        "CREATE TABLE IF NOT EXISTS counter(kind TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT",
    ]

    init(_ database: Database, pool: ThreadPool) throws(StoreError) {
        self.database = database
        self.pool = pool
        try database.write(as: .migration) { transaction throws(StoreError) in
            for statement in Self.schema { try transaction.execute(statement) }
        }
        dispatcher = Dispatcher(share: PoolShare(pool: pool, limit: 4), timers: timers)
        try dispatcher.addPublisher("crasher", database: database)
        try dispatcher.subscribe(toTypes: ["made": RetryPolicy()], of: "crasher", as: "reader") { event in
            Self.leaveEffect("event", event.id, event.data, in: database)
        }
        runner = try JobRunner(database: database, share: PoolShare(pool: pool, limit: 4), timers: timers) { job in
            Self.leaveEffect("job", job.id, job.payload, in: database)
        }
        dispatcher.start()
        try runner.start()
    }

    /// Writes until it is killed; prints each row's number once it is durable.
    func write(from first: Int64) {
        StoreCrasher.repeatForever(callerCount: 6) { caller, round throws(StoreError) in
            let number = first + Int64(round * 6 + caller)
            try database.write { transaction throws(StoreError) in
                try transaction.execute("INSERT INTO item(id) VALUES($1)", [.integer(number)])
                try transaction.execute("INSERT INTO shadow(id) VALUES($1)", [.integer(number)])
                try StoreCrasher.publish(key: "\(caller)", data: "\(number)", in: transaction)
            }
            StoreCrasher.printLine("\(number)")
        }
    }

    /// Waits until every event is delivered and every job has run.
    func drain() throws(StoreError) {
        while true {
            let (items, effects) = try database.read { transaction throws(StoreError) in
                (
                    try Self.number("SELECT 2 * count(*) FROM item", in: transaction),
                    try Self.number("SELECT count(*) FROM effect", in: transaction)
                )
            }
            if effects >= items, try JobList.entries(in: database).isEmpty { break }
            usleep(10_000)
        }
        dispatcher.stop()
        runner.stop()
    }

    private static func leaveEffect(
        _ kind: String, _ message: UniqueIdentifier, _ data: [UInt8], in database: Database
    ) -> AttemptOutcome {
        do throws(StoreError) {
            try database.write { transaction throws(StoreError) in
                let isNew = try transaction.execute(
                    "INSERT INTO effect(kind, message, item) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
                    [
                        .text(kind), .text(message.description),
                        .integer(Int64(String(decoding: data, as: UTF8.self)) ?? -1),
                    ])
                if isNew == 0 { return }
                try transaction.execute(
                    """
                    INSERT INTO counter(kind, count) VALUES($1, 1) ON CONFLICT(kind) DO UPDATE SET count = count + 1
                    """, [.text(kind)])
            }
            return .done
        } catch {
            return .retry(reason: error.message)
        }
    }

    private static func number(_ sql: StaticString, in transaction: Transaction) throws(StoreError) -> Int64 {
        var number: Int64 = 0
        try transaction.execute(sql) { row throws(StoreError) in
            number = row.integer(0)
            return false
        }
        return number
    }
}
