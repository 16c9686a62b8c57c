import GantryCore
import GantryEvents
import GantryStore
import GantryThreads
import Glibc
import Synchronization
import TestCommands

/// A clock that the test moves.
final class ManualClock: Sendable {
    private let milliseconds = Atomic<Int64>(1_700_000_000_000)

    var now: Int64 { milliseconds.load(ordering: .sequentiallyConsistent) }
    func advance(_ by: Int64) { milliseconds.add(by, ordering: .sequentiallyConsistent) }
}

/// A publisher's database with what delivers from it, in a folder that is gone afterwards.
final class EventFixture: Sendable {
    private let temporary = TemporaryFolder()
    var folder: String { temporary.path }
    let clock = ManualClock()
    let timers: TimerQueue
    let storePool = ThreadPool(name: "store", threadCount: 1)
    let pool = ThreadPool(name: "deliver", threadCount: 4)
    let database: Database

    init() {
        let clock = clock
        timers = TimerQueue(clock: { clock.now })
        database = Database(path: "\(temporary.path)/data.db", pool: storePool)
    }

    deinit {
        timers.stop()
        database.close()
    }

    func advance(_ milliseconds: Int64) {
        clock.advance(milliseconds)
        timers.clockChanged()
    }

    func dispatcher(limit: Int = 4) -> Dispatcher {
        let clock = clock
        return Dispatcher(share: PoolShare(pool: pool, limit: limit), timers: timers, clock: { clock.now })
    }

    func runner(
        _ configuration: JobRunner.Configuration = JobRunner.Configuration(),
        report: @escaping @Sendable (JobCounts) -> Void = { _ in },
        run: @escaping JobRunner.Body
    ) throws(StoreError) -> JobRunner {
        let clock = clock
        return try JobRunner(
            database: database,
            share: PoolShare(pool: pool, limit: 4),
            timers: timers,
            clock: { clock.now },
            configuration: configuration,
            report: report,
            run: run
        )
    }

    /// Publishes events of one type in one transaction; the data is the number.
    func publish(_ numbers: [Int], key: String, type: String = "made") throws(StoreError) {
        try database.write { transaction throws(StoreError) in
            for number in numbers { try publish(number, key: key, type: type, in: transaction) }
        }
    }

    func publish(
        _ number: Int, key: String, type: String = "made", in transaction: Transaction
    ) throws(StoreError) {
        try Self.withBytes([type, key, "\(number)"]) { bytes throws(StoreError) in
            let draft = EventDraft(
                id: UniqueIdentifier(high: 7, low: UInt64(number)),
                type: bytes[0],
                key: bytes[1],
                data: bytes[2],
                timeMilliseconds: clock.now,
                trace: TraceContext(traceIDHigh: 1, traceIDLow: 2, spanID: 3)
            )
            try Outbox.publish(draft, in: transaction)
        }
    }

    func enqueue(
        _ name: String, key: String = "", number: Int, notBefore: Int64 = 0
    ) throws(StoreError) {
        try database.write { transaction throws(StoreError) in
            try Self.withBytes([name, key, "\(number)"]) { bytes throws(StoreError) in
                let draft = JobDraft(
                    id: UniqueIdentifier(high: 8, low: UInt64(number)),
                    name: bytes[0],
                    key: bytes[1],
                    payload: bytes[2],
                    timeMilliseconds: clock.now,
                    notBeforeMilliseconds: notBefore
                )
                try JobQueue.enqueue(draft, in: transaction)
            }
        }
    }

    private static func withBytes(
        _ texts: [String],
        _ body: ([UnsafeRawBufferPointer]) throws(StoreError) -> Void
    ) throws(StoreError) {
        let copies = texts.map { text in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
            copy.copyBytes(from: text.utf8)
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        try body(copies.map { UnsafeRawBufferPointer($0) })
    }
}

/// What happened, to be waited for.
final class Journal: Sendable {
    private let monitor = Monitor<[String]>([])

    func note(_ entry: String) {
        monitor.withLock { $0.append(entry) }
        monitor.broadcast()
    }

    var entries: [String] { monitor.withLock { $0 } }

    /// The entries once there are so many, or what there is after a time in which they should long have come.
    func wait(for count: Int) -> [String] {
        monitor.wait(until: .after(.seconds(20))) { $0.count >= count ? $0 : nil } ?? entries
    }
}

extension Dispatcher {
    /// Subscribes with the default retries.
    func subscribe(
        toTypes types: [String],
        of publisher: String,
        as subscriber: String,
        _ policy: RetryPolicy = RetryPolicy(),
        deliver: @escaping Subscriber
    ) throws(StoreError) {
        let policies = Dictionary(uniqueKeysWithValues: types.map { ($0, policy) })
        try subscribe(toTypes: policies, of: publisher, as: subscriber, deliver: deliver)
    }
}

extension RetryPolicy {
    init(attempts: UInt32) {
        self.init()
        maximumAttempts = attempts
    }
}

extension EventDelivery {
    var number: Int { Int(String(decoding: data, as: UTF8.self)) ?? -1 }
}

extension JobRun {
    var number: Int { Int(String(decoding: payload, as: UTF8.self)) ?? -1 }
}

/// Waits until a condition of the database holds: a delivery is written down a moment after its subscriber returned.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Deadline.after(.seconds(20))
    while !deadline.hasPassed {
        if try condition() { return true }
        sched_yield()
    }
    return false
}
