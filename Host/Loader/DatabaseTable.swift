import CGantry
import GantryCore
import Glibc

/// A transaction that is open to a module: what its handle leads to while the body runs.
final class OpenTransaction: Sendable {
    /// All transactions under way in this process.
    static let table = HandleTable<OpenTransaction>(kind: 3)

    /// Used only by `thread`, while the body runs: `DatabaseTable.withTransaction` checks both.
    private nonisolated(unsafe) let port: any TransactionPort
    let instance: ModuleInstance
    private let thread: pthread_t

    init(port: any TransactionPort, instance: ModuleInstance) {
        self.port = port
        self.instance = instance
        thread = pthread_self()
    }

    /// The port, or nil on a thread that does not run the body.
    var portOnOwnThread: (any TransactionPort)? {
        pthread_equal(thread, pthread_self()) != 0 ? port : nil
    }
}

/// `gantry.database`: the instance's own database.
enum DatabaseTable {
    static let transact:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt32, gantry_transaction_fn_v1?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, mode, body, context, error in
            Misuse.checked(call, "gantry.database.transact") {
                guard let body, mode <= 1 else { return .invalid }
                let span = call?.pointee.span_id ?? 0
                guard let call = ModuleCall.resolve(call) else { return .stale }
                guard call.instance.isGranted(.database), let database = call.instance.ports.database else {
                    return call.instance.deny(.database, "gantry.database.transact")
                }
                guard ThreadRule.mayWait else {
                    error?.fill(code: 0, message: "Nothing may wait here, in \(call.description). Use `submit`.")
                    Misuse.explain(call, "its thread must not wait. A route that waits says `execution: blocking`.")
                    return .thread
                }
                let start = MonotonicClock.nanoseconds
                let mark = mode == 1 ? call.sink?.mark : nil
                let outcome = database.transact(writes: mode == 1, deadlineNanoseconds: call.deadlineNanoseconds) {
                    run(body, context, in: $0, of: call.instance, mark)
                }
                if outcome.status == .ok { mark?.didCommit() }
                call.noteTransaction(since: start, writes: mode == 1, parent: span, outcome)
                return report(outcome, error)
            }
        }

    static let submit:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt32, gantry_transaction_fn_v1?, UnsafeMutableRawPointer?,
            gantry_completion_fn_v1?, UnsafeMutableRawPointer?, UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, mode, body, context, done, doneContext, _ in
            Misuse.checked(call, "gantry.database.submit") {
                guard let body, let done, mode <= 1 else { return .invalid }
                let span = call?.pointee.span_id ?? 0
                guard let call = ModuleCall.resolve(call) else { return .stale }
                guard call.instance.isGranted(.database), let database = call.instance.ports.database else {
                    return call.instance.deny(.database, "gantry.database.submit")
                }
                // The module lends both contexts until `done` is called, to one thread at a time.
                nonisolated(unsafe) let (context, doneContext) = (context, doneContext)
                let instance = call.instance
                let start = MonotonicClock.nanoseconds
                let mark = mode == 1 ? call.sink?.mark : nil
                database.submit(writes: mode == 1, deadlineNanoseconds: call.deadlineNanoseconds) {
                    run(body, context, in: $0, of: instance, mark)
                } completion: { outcome in
                    if outcome.status == .ok { mark?.didCommit() }
                    call.noteTransaction(since: start, writes: mode == 1, parent: span, outcome)
                    let record = ErrorRecord()
                    if outcome.status.rawValue < 0 { record.pointer.fill(code: outcome.code, message: outcome.message) }
                    _ = instance.inside(CrashActivity.work.operation) {
                        ThreadRule.withoutWaiting { done(doneContext, outcome.status.rawValue, record.pointer) }
                    }
                }
                return .pending
            }
        }

    /// Runs a body of the module's. It must not begin another transaction, which would wait for this one.
    private static func run(
        _ body: gantry_transaction_fn_v1, _ context: UnsafeMutableRawPointer?, in port: any TransactionPort,
        of instance: ModuleInstance, _ mark: (any EffectMark)?
    ) -> ModuleStatus {
        let handle = OpenTransaction.table.insert(OpenTransaction(port: port, instance: instance))
        defer { OpenTransaction.table.release(handle) }
        let status = instance.inside(CrashActivity.transaction.operation) {
            ModuleStatus(rawValue: ThreadRule.inTransaction { body(context, handle) })
        }
        // A right that was taken away meanwhile: nothing of it stays.
        guard status.rawValue < 0 || instance.isGranted(.database) else { return .denied }
        guard status == .ok, let key = mark?.pending else { return status }
        return port.note(key).status
    }

    static let execute:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt64, gantry_str_v1, UnsafePointer<gantry_value_v1>?, UInt64,
            gantry_row_fn_v1?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt64>?,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, transaction, sql, parameters, parameterCount, onRow, context, outChanges, error in
            Misuse.checked(call, "gantry.database.execute") {
                guard sql.isSpan, areValues(parameters, parameterCount) else { return .invalid }
                return withTransaction(call, transaction, error) { port, call in
                    guard call.instance.isGranted(.database) else {
                        return call.instance.refusal(.database, "gantry.database.execute")
                    }
                    var changes: UInt64 = 0
                    var (rowCount, byteCount) = (0, 0)
                    let outcome = withPortValues(parameters, Int(parameterCount)) { values in
                        guard let onRow else {
                            return port.execute(sql: sql.buffer, parameters: values, onRow: nil, changes: &changes)
                        }
                        return port.execute(
                            sql: sql.buffer, parameters: values,
                            onRow: { columns in
                                rowCount += 1
                                for column in columns where column.type >= 3 { byteCount += Int(column.size) }
                                return UnsafeRawPointer(columns.baseAddress).map { start in
                                    let row = start.assumingMemoryBound(to: gantry_value_v1.self)
                                    return ModuleStatus(rawValue: onRow(context, row, UInt64(columns.count)))
                                } ?? ModuleStatus(rawValue: onRow(context, nil, 0))
                            }, changes: &changes)
                    }
                    call.noteRows(rowCount + Int(clamping: changes), bytes: byteCount)
                    outChanges?.pointee = changes
                    return outcome
                }
            }
        }

    /// Finds the open transaction of this very call's instance and thread.
    static func withTransaction(
        _ call: UnsafePointer<gantry_call_v1>?, _ handle: UInt64, _ error: UnsafeMutablePointer<gantry_error_v1>?,
        _ body: (any TransactionPort, ModuleCall) -> PortOutcome
    ) -> ModuleStatus {
        guard let call = ModuleCall.resolve(call), let transaction = OpenTransaction.table.resolve(handle),
            transaction.instance === call.instance
        else { return .stale }
        guard let port = transaction.portOnOwnThread else { return .thread }
        let outcome = body(port, call)
        if [.invalid, .denied].contains(outcome.status), !outcome.message.isEmpty {
            Misuse.explain(call, outcome.message)
        }
        return report(outcome, error)
    }

    private static func areValues(_ values: UnsafePointer<gantry_value_v1>?, _ count: UInt64) -> Bool {
        guard count <= 999 else { return false }
        guard let values else { return count == 0 }
        return (0..<Int(count)).allSatisfy { (0...4).contains(values[$0].type) && hasBytes(values[$0]) }
    }

    private static func hasBytes(_ value: gantry_value_v1) -> Bool {
        value.type < 3 || value.bytes.isSpan
    }

    private static func report(_ outcome: PortOutcome, _ error: UnsafeMutablePointer<gantry_error_v1>?) -> ModuleStatus
    {
        // Without a message the error keeps what stands in it: a statement that failed tells more than its transaction.
        let isTold = outcome.status.rawValue < 0 && !outcome.message.isEmpty
        if isTold { error?.fill(code: outcome.code, message: outcome.message) }
        return outcome.status
    }

    /// The layouts are the same (checked in the tests), so the module's values are read where they lie.
    private static func withPortValues(
        _ values: UnsafePointer<gantry_value_v1>?, _ count: Int,
        _ body: (UnsafeBufferPointer<PortValue>) -> PortOutcome
    ) -> PortOutcome {
        guard let values else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        return values.withMemoryRebound(to: PortValue.self, capacity: count) {
            body(UnsafeBufferPointer(start: $0, count: count))
        }
    }
}

/// `gantry.events` and `gantry.jobs`: what a transaction carries besides rows.
enum EventsTable {
    private static let maximumDataBytes: UInt64 = 256 << 10

    static let publish:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt64, gantry_str_v1, gantry_str_v1, gantry_str_v1,
            UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, transaction, type, key, data, outID, error in
            Misuse.checked(call, "gantry.events.publish") {
                guard let typeText = type.text, key.text != nil else { return .invalid }
                guard data.size <= maximumDataBytes else { return .limit }
                guard data.isSpan else { return .invalid }
                return DatabaseTable.withTransaction(call, transaction, error) { port, call in
                    guard call.instance.ports.publishesEvents, call.instance.manifest.publishes.contains(typeText)
                    else {
                        return PortOutcome(
                            .denied, message: "The event `\(typeText)` is not declared under `events.publishes`.")
                    }
                    guard call.instance.isGranted(.events, part: typeText) else {
                        return call.instance.refusal(
                            .events, part: call.instance.isGranted(.events) ? typeText : nil, "gantry.events.publish")
                    }
                    var id = ""
                    let outcome = port.publish(
                        type: type.buffer, key: key.buffer, data: data.buffer, trace: call.trace, id: &id)
                    if outcome.status == .ok, let outID {
                        for (offset, byte) in id.utf8.prefix(36).enumerated() { outID[offset] = byte }
                    }
                    return outcome
                }
            }
        }
}

/// `gantry.jobs`.
enum JobsTable {
    private static let maximumPayloadBytes: UInt64 = 256 << 10

    static let enqueue:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt64, gantry_str_v1, gantry_str_v1, gantry_str_v1, Int64,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, transaction, name, key, payload, notBefore, error in
            Misuse.checked(call, "gantry.jobs.enqueue") {
                guard let nameText = name.text, key.text != nil else { return .invalid }
                guard payload.size <= maximumPayloadBytes else { return .limit }
                guard payload.isSpan else { return .invalid }
                return DatabaseTable.withTransaction(call, transaction, error) { port, call in
                    guard call.instance.ports.queuesJobs, call.instance.manifest.jobs.contains(nameText) else {
                        return PortOutcome(.denied, message: "The job `\(nameText)` is not declared under `jobs`.")
                    }
                    guard call.instance.isGranted(.jobs, part: nameText) else {
                        return call.instance.refusal(
                            .jobs, part: call.instance.isGranted(.jobs) ? nameText : nil, "gantry.jobs.enqueue")
                    }
                    return port.enqueue(
                        name: name.buffer, key: key.buffer, payload: payload.buffer, notBeforeMilliseconds: notBefore,
                        trace: call.trace)
                }
            }
        }
}
