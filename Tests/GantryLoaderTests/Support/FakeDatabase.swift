import GantryCore
import GantryLoader
import GantryThreads

/// A database without rows: a statement echoes its parameters as one row, `FAIL` breaks a constraint.
final class FakeDatabase: DatabasePort {
    /// What was asked of it, one text each.
    private let state = Lock<[String]>([])

    static let eventID = "01890000-0000-7000-8000-000000000001"

    var log: [String] { state.withLock { $0 } }

    /// Called in each statement.
    private let observer = Lock<(@Sendable (String) -> Void)?>(nil)

    func observe(_ observe: (@Sendable (String) -> Void)?) { observer.withLock { $0 = observe } }

    func note(_ text: String) { state.withLock { $0.append(text) } }

    fileprivate func observed(_ statement: String) { observer.withLock { $0 }?(statement) }

    func transact(
        writes: Bool, deadlineNanoseconds: Int64, body: (any TransactionPort) -> ModuleStatus
    ) -> PortOutcome {
        note(writes ? "begin write" : "begin read")
        let status = body(FakeTransaction(database: self))
        note(status == .ok ? "commit" : "roll back")
        return PortOutcome(status, message: status == .ok ? "" : "The body gave up.")
    }

    func submit(
        writes: Bool, deadlineNanoseconds: Int64, body: @escaping @Sendable (any TransactionPort) -> ModuleStatus,
        completion: @escaping @Sendable (PortOutcome) -> Void
    ) {
        completion(transact(writes: writes, deadlineNanoseconds: deadlineNanoseconds, body: body))
    }
}

/// A transaction of `FakeDatabase`.
final class FakeTransaction: TransactionPort {
    private let database: FakeDatabase

    init(database: FakeDatabase) {
        self.database = database
    }

    func execute(
        sql: UnsafeRawBufferPointer, parameters: UnsafeBufferPointer<PortValue>,
        onRow: ((UnsafeBufferPointer<PortValue>) -> ModuleStatus)?, changes: inout UInt64
    ) -> PortOutcome {
        let statement = text(sql)
        database.note("execute \(statement)")
        database.observed(statement)
        if statement == "FAIL" { return PortOutcome(.conflict, code: 2067, message: "Größe ist schon da") }
        changes = 3
        return PortOutcome(onRow?(parameters) ?? .ok)
    }

    func publish(
        type: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer, trace: TraceContext,
        id: inout String
    ) -> PortOutcome {
        database.note("publish \(text(type)) \(text(key)) \(text(data))")
        id = FakeDatabase.eventID
        return .ok
    }

    func enqueue(
        name: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        notBeforeMilliseconds: Int64, trace: TraceContext
    ) -> PortOutcome {
        database.note("enqueue \(text(name)) \(text(payload))")
        return .ok
    }

    private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}
