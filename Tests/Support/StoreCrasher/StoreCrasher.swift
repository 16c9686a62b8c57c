import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Glibc

/// Writes to a database from several threads without end, and prints a line for each thing once it is durable or
/// done. The test that starts it kills it.
@main
enum StoreCrasher {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else {
            print("usage: StoreCrasher rows|events|poison|schedules|whole|drain DATABASE [FIRST-NUMBER]")
            exit(2)
        }
        let pool = ThreadPool(name: "store", threadCount: 4)
        let database = Database(path: arguments[2], pool: pool)
        switch arguments[1] {
        case "rows": try writeRows(to: database)
        case "poison": try deliverPoison(from: database, pool: pool)
        case "schedules": try runSchedules(of: database, pool: pool)
        case "whole":
            let first = arguments.dropFirst(3).first.flatMap { Int64($0) } ?? 0
            try WholeWorkload(database, pool: pool).write(from: first)
        case "drain": try WholeWorkload(database, pool: pool).drain()
        default: try publishEvents(to: database, pool: pool)
        }
    }

    private static func writeRows(to database: Database) throws(StoreError) {
        try database.write(as: .migration) { transaction throws(StoreError) in
            try transaction.execute("CREATE TABLE item(id INTEGER PRIMARY KEY) STRICT")
            try transaction.execute("CREATE TABLE shadow(id INTEGER PRIMARY KEY REFERENCES item(id)) STRICT")
        }
        repeatForever(callerCount: 8) { caller, round throws(StoreError) in
            let number = Int64(round * 8 + caller)
            // Two rows that must exist together.
            try database.write { transaction throws(StoreError) in
                try transaction.execute("INSERT INTO item(id) VALUES($1)", [.integer(number)])
                try transaction.execute("INSERT INTO shadow(id) VALUES($1)", [.integer(number)])
            }
            printLine("\(number)")
        }
    }

    private static func publishEvents(to database: Database, pool: ThreadPool) throws(StoreError) {
        let timers = TimerQueue()
        let dispatcher = Dispatcher(share: PoolShare(pool: pool, limit: 4), timers: timers)
        try dispatcher.addPublisher("crasher", database: database)
        try dispatcher.subscribe(toTypes: ["made": RetryPolicy()], of: "crasher", as: "reader") { event in
            printLine("delivered \(event.key) \(String(decoding: event.data, as: UTF8.self))")
            return .done
        }
        let runner = try JobRunner(database: database, share: PoolShare(pool: pool, limit: 4), timers: timers) { job in
            printLine("ran \(job.key) \(String(decoding: job.payload, as: UTF8.self))")
            return .done
        }
        dispatcher.start()
        try runner.start()
        repeatForever(callerCount: 4) { caller, round throws(StoreError) in
            try database.write { transaction throws(StoreError) in
                try publish(key: "\(caller)", data: "\(round)", in: transaction)
            }
            printLine("published \(caller) \(round)")
        }
        withExtendedLifetime((dispatcher, runner)) {}
    }

    /// An event and a job of the same key and content.
    static func publish(key: String, data: String, in transaction: Transaction) throws(StoreError) {
        let now = systemWallClock()
        let copies = ["made", key, data].map { text in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
            copy.copyBytes(from: text.utf8)
            return UnsafeRawBufferPointer(copy)
        }
        defer { for copy in copies { copy.deallocate() } }
        let event = EventDraft(
            id: UniqueIdentifier(atMilliseconds: now), type: copies[0], key: copies[1], data: copies[2],
            timeMilliseconds: now)
        try Outbox.publish(event, in: transaction)
        let job = JobDraft(
            id: UniqueIdentifier(atMilliseconds: now), name: copies[0], key: copies[1], payload: copies[2],
            timeMilliseconds: now)
        try JobQueue.enqueue(job, in: transaction)
    }

    static func repeatForever(
        callerCount: Int,
        _ body: @escaping @Sendable (_ caller: Int, _ round: Int) throws(StoreError) -> Void
    ) {
        let callers = ThreadPool(name: "caller", threadCount: callerCount)
        for caller in 0..<callerCount {
            _ = callers.submit {
                var round = 0
                while true {
                    do throws(StoreError) {
                        try body(caller, round)
                    } catch {
                        printLine("failed: \(error)")
                        exit(1)
                    }
                    round += 1
                }
            }
        }
        _ = callers.drain()
    }

    /// One line in one system call: it is out when the process dies a moment later.
    static func printLine(_ text: String) {
        let line = Array("\(text)\n".utf8)
        guard write(STDOUT_FILENO, line, line.count) == line.count else { exit(3) }
    }
}
