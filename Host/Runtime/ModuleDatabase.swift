import GantryCore
import GantryEvents
import GantryLoader
import GantryStore
import GantryThreads
import Synchronization

/// The database of one instance, as the interface's tables reach it.
final class ModuleDatabase: DatabasePort {
    let database: Database
    private let use = Atomic<UInt8>(used)
    /// Used since the last sweep; not since one sweep; closed by a sweep and not used since.
    private static let used: UInt8 = 2
    private static let quiet: UInt8 = 1
    private static let closed: UInt8 = 0

    private let readPool: ThreadPool
    /// To whom events are sent besides their subscribers.
    private let audience: WebhookAudience

    /// - Parameters:
    ///   - readPool: runs reads that nobody waits for on a thread of their own.
    ///   - hasWebhooks: whether events go to the webhooks in the database.
    init(database: Database, readPool: ThreadPool, hasWebhooks: Bool = false) {
        self.database = database
        self.readPool = readPool
        audience = hasWebhooks ? .subscribed : .none
    }

    /// Closes the file when the module has not used it since this was asked last; the next use opens it again.
    /// - Returns: whether this was the first time since the module used it.
    func closeIfUnused() -> Bool {
        let before = use.load(ordering: .relaxed)
        // Events may have opened it meanwhile without the module's knowledge.
        if before != Self.used { database.closeIdleConnections() }
        let after = before == Self.used ? Self.quiet : Self.closed
        _ = use.compareExchange(expected: before, desired: after, ordering: .relaxed)
        return before == Self.quiet
    }

    func transact(
        writes: Bool, deadlineNanoseconds: Int64, body: (any TransactionPort) -> ModuleStatus
    ) -> PortOutcome {
        markUsed()
        let deadline = Self.deadline(deadlineNanoseconds)
        do throws(StoreError) {
            if writes {
                try database.write(as: .module, deadline: deadline) { transaction throws(StoreError) in
                    try Self.run(body, audience, in: transaction)
                }
            } else {
                try database.read(as: .module, deadline: deadline) { transaction throws(StoreError) in
                    try Self.run(body, audience, in: transaction)
                }
            }
            return .ok
        } catch {
            return PortOutcome(error)
        }
    }

    func submit(
        writes: Bool, deadlineNanoseconds: Int64, body: @escaping @Sendable (any TransactionPort) -> ModuleStatus,
        completion: @escaping @Sendable (PortOutcome) -> Void
    ) {
        guard writes else {
            // A read holds a thread of the pool for as long as it takes.
            let isQueued = readPool.submit { [self] in
                completion(transact(writes: false, deadlineNanoseconds: deadlineNanoseconds, body: body))
            }
            if !isQueued { completion(PortOutcome(.busy, message: "Too many reads are waiting.")) }
            return
        }
        markUsed()
        let audience = audience
        database.submitWrite(as: .module, deadline: Self.deadline(deadlineNanoseconds)) {
            transaction throws(StoreError) in
            try Self.run(body, audience, in: transaction)
        } completion: { error in
            completion(error.map(PortOutcome.init) ?? .ok)
        }
    }

    private func markUsed() {
        // A load is cheap while all threads only read; a store each time would not be.
        if use.load(ordering: .relaxed) != Self.used { use.store(Self.used, ordering: .relaxed) }
    }

    private static func deadline(_ nanoseconds: Int64) -> Deadline {
        nanoseconds == 0 ? .never : Deadline(monotonicNanoseconds: nanoseconds)
    }

    private static func run(
        _ body: (any TransactionPort) -> ModuleStatus, _ audience: WebhookAudience, in transaction: Transaction
    ) throws(StoreError) {
        let status = body(ModuleTransaction(transaction, audience))
        if status != .ok { throw StoreError.aborted(status: status.rawValue) }
    }
}

/// A running transaction, as the interface's tables reach it. Lives as long as its body runs.
private final class ModuleTransaction: TransactionPort {
    private let transaction: Transaction
    private let audience: WebhookAudience

    init(_ transaction: Transaction, _ audience: WebhookAudience) {
        self.transaction = transaction
        self.audience = audience
    }

    func execute(
        sql: UnsafeRawBufferPointer, parameters: UnsafeBufferPointer<PortValue>,
        onRow: ((UnsafeBufferPointer<PortValue>) -> ModuleStatus)?, changes: inout UInt64
    ) -> PortOutcome {
        do throws(StoreError) {
            let count = try Self.withValues(parameters) { values throws(StoreError) in
                try transaction.execute(sql, values) { row throws(StoreError) in
                    guard let onRow else { return false }
                    let status = Self.withColumns(row, onRow)
                    // The module has seen enough.
                    if status == .end { return false }
                    if status != .ok { throw StoreError.aborted(status: status.rawValue) }
                    return true
                }
            }
            changes = UInt64(count)
            return .ok
        } catch {
            return PortOutcome(error)
        }
    }

    func publish(
        type: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer,
        trace: TraceContext, id: inout String
    ) -> PortOutcome {
        let now = systemWallClock()
        let identifier = UniqueIdentifier(atMilliseconds: now)
        do throws(StoreError) {
            let draft = EventDraft(
                id: identifier, type: type, key: key, data: data, timeMilliseconds: now, trace: trace)
            try Outbox.publish(draft, in: transaction, webhooks: audience)
            id = identifier.description
            return .ok
        } catch {
            return PortOutcome(error)
        }
    }

    func enqueue(
        name: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        notBeforeMilliseconds: Int64, trace: TraceContext
    ) -> PortOutcome {
        let now = systemWallClock()
        do throws(StoreError) {
            let draft = JobDraft(
                id: UniqueIdentifier(atMilliseconds: now), name: name, key: key, payload: payload,
                timeMilliseconds: now, notBeforeMilliseconds: notBeforeMilliseconds,
                trace: trace)
            try JobQueue.enqueue(draft, in: transaction)
            return .ok
        } catch {
            return PortOutcome(error)
        }
    }

    func note(_ key: RequestKey) -> PortOutcome {
        do throws(StoreError) {
            try AnsweredRequests.note(key, in: transaction)
            return .ok
        } catch {
            return PortOutcome(error)
        }
    }

    private static func withValues<Result>(
        _ parameters: UnsafeBufferPointer<PortValue>,
        _ body: (UnsafeBufferPointer<SQLValue>) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        var values: [SQLValue] = []
        values.reserveCapacity(parameters.count)
        for parameter in parameters { values.append(try SQLValue(parameter)) }
        return try values.withUnsafeBufferPointer { buffer throws(StoreError) in try body(buffer) }
    }

    private static func withColumns(
        _ row: borrowing Row, _ body: (UnsafeBufferPointer<PortValue>) -> ModuleStatus
    ) -> ModuleStatus {
        let count = row.columnCount
        return withUnsafeTemporaryAllocation(of: PortValue.self, capacity: count) { memory in
            for column in 0..<count { memory.initializeElement(at: column, to: PortValue(row.value(column))) }
            return body(UnsafeBufferPointer(memory))
        }
    }
}

extension SQLValue {
    fileprivate init(_ value: PortValue) throws(StoreError) {
        let bytes = UnsafeRawBufferPointer(start: value.bytes, count: Int(clamping: value.size))
        switch value.type {
        case 0: self = .null
        case 1: self = .integer(value.integer)
        case 2: self = .real(value.real)
        case 3: self = .text(bytes)
        case 4: self = .blob(bytes)
        default: throw StoreError(.misuse, "\(value.type) is no type of a value.")
        }
    }
}

extension PortValue {
    fileprivate init(_ value: SQLValue) {
        switch value {
        case .null: self.init(type: 0)
        case .integer(let integer): self.init(type: 1, integer: integer)
        case .real(let real): self.init(type: 2, real: real)
        case .text(let bytes): self.init(type: 3, bytes: bytes)
        case .blob(let bytes): self.init(type: 4, bytes: bytes)
        }
    }

    private init(type: Int32, bytes: UnsafeRawBufferPointer) {
        self.init(
            type: type, bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: UInt64(bytes.count))
    }
}

extension PortOutcome {
    /// The store's failure in the interface's words.
    init(_ error: StoreError) {
        let status: ModuleStatus =
            switch error.code {
            case .aborted: ModuleStatus(rawValue: error.extendedCode)
            case .conflict: .conflict
            case .denied: .denied
            case .busy: .busy
            case .cancelled: .cancelled
            case .misuse, .syntax: .invalid
            case .diskFull: .full
            default: .failed
            }
        // What the module's body answered is not an explanation; the module has one.
        self.init(status, code: error.extendedCode, message: error.code == .aborted ? "" : error.message)
    }
}
