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
            guard let body, mode <= 1 else { return ModuleStatus.invalid.rawValue }
            guard let call = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
            guard let database = call.instance.ports.database else { return ModuleStatus.denied.rawValue }
            let outcome = database.transact(writes: mode == 1, deadlineNanoseconds: call.deadlineNanoseconds) { port in
                let handle = OpenTransaction.table.insert(OpenTransaction(port: port, instance: call.instance))
                defer { OpenTransaction.table.release(handle) }
                return ModuleStatus(rawValue: body(context, handle))
            }
            return report(outcome, error)
        }

    static let submit:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt32, gantry_transaction_fn_v1?, UnsafeMutableRawPointer?,
            gantry_completion_fn_v1?, UnsafeMutableRawPointer?, UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, mode, body, context, done, doneContext, _ in
            guard let body, let done, mode <= 1 else { return ModuleStatus.invalid.rawValue }
            guard let call = ModuleCall.resolve(call) else { return ModuleStatus.stale.rawValue }
            guard let database = call.instance.ports.database else { return ModuleStatus.denied.rawValue }
            // The module lends both contexts until `done` is called, to one thread at a time.
            nonisolated(unsafe) let (context, doneContext) = (context, doneContext)
            let instance = call.instance
            database.submit(writes: mode == 1, deadlineNanoseconds: call.deadlineNanoseconds) { port in
                let handle = OpenTransaction.table.insert(OpenTransaction(port: port, instance: instance))
                defer { OpenTransaction.table.release(handle) }
                return ModuleStatus(rawValue: body(context, handle))
            } completion: { outcome in
                let record = ErrorRecord()
                if outcome.status.rawValue < 0 { record.pointer.fill(code: outcome.code, message: outcome.message) }
                _ = done(doneContext, outcome.status.rawValue, record.pointer)
            }
            return ModuleStatus.pending.rawValue
        }

    static let execute:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt64, gantry_str_v1, UnsafePointer<gantry_value_v1>?, UInt64,
            gantry_row_fn_v1?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt64>?,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, transaction, sql, parameters, parameterCount, onRow, context, outChanges, error in
            guard sql.isSpan, areValues(parameters, parameterCount) else { return ModuleStatus.invalid.rawValue }
            return withTransaction(call, transaction, error) { port, _ in
                var changes: UInt64 = 0
                let outcome = withPortValues(parameters, Int(parameterCount)) { values in
                    guard let onRow else {
                        return port.execute(sql: sql.buffer, parameters: values, onRow: nil, changes: &changes)
                    }
                    return port.execute(
                        sql: sql.buffer, parameters: values,
                        onRow: { columns in
                            UnsafeRawPointer(columns.baseAddress).map { start in
                                let row = start.assumingMemoryBound(to: gantry_value_v1.self)
                                return ModuleStatus(rawValue: onRow(context, row, UInt64(columns.count)))
                            } ?? ModuleStatus(rawValue: onRow(context, nil, 0))
                        }, changes: &changes)
                }
                outChanges?.pointee = changes
                return outcome
            }
        }

    /// Finds the open transaction of this very call's instance and thread.
    static func withTransaction(
        _ call: UnsafePointer<gantry_call_v1>?, _ handle: UInt64, _ error: UnsafeMutablePointer<gantry_error_v1>?,
        _ body: (any TransactionPort, ModuleCall) -> PortOutcome
    ) -> Int32 {
        guard let call = ModuleCall.resolve(call), let transaction = OpenTransaction.table.resolve(handle),
            transaction.instance === call.instance
        else { return ModuleStatus.stale.rawValue }
        guard let port = transaction.portOnOwnThread else { return ModuleStatus.thread.rawValue }
        return report(body(port, call), error)
    }

    private static func areValues(_ values: UnsafePointer<gantry_value_v1>?, _ count: UInt64) -> Bool {
        guard count <= 999 else { return false }
        guard let values else { return count == 0 }
        return (0..<Int(count)).allSatisfy { (0...4).contains(values[$0].type) && hasBytes(values[$0]) }
    }

    private static func hasBytes(_ value: gantry_value_v1) -> Bool {
        value.type < 3 || value.bytes.isSpan
    }

    private static func report(_ outcome: PortOutcome, _ error: UnsafeMutablePointer<gantry_error_v1>?) -> Int32 {
        if outcome.status.rawValue < 0 { error?.fill(code: outcome.code, message: outcome.message) }
        return outcome.status.rawValue
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
            guard let typeText = type.text, key.text != nil else { return ModuleStatus.invalid.rawValue }
            guard data.isSpan else { return ModuleStatus.invalid.rawValue }
            guard data.size <= maximumDataBytes else { return ModuleStatus.limit.rawValue }
            return DatabaseTable.withTransaction(call, transaction, error) { port, call in
                guard call.instance.ports.publishesEvents, call.instance.manifest.publishes.contains(typeText) else {
                    return PortOutcome(
                        .denied, message: "The event `\(typeText)` is not declared under `events.publishes`.")
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

/// `gantry.jobs`.
enum JobsTable {
    private static let maximumPayloadBytes: UInt64 = 256 << 10

    static let enqueue:
        @convention(c) (
            UnsafePointer<gantry_call_v1>?, UInt64, gantry_str_v1, gantry_str_v1, gantry_str_v1, Int64,
            UnsafeMutablePointer<gantry_error_v1>?
        ) -> Int32 = { call, transaction, name, key, payload, notBefore, error in
            guard let nameText = name.text, key.text != nil else { return ModuleStatus.invalid.rawValue }
            guard payload.isSpan else { return ModuleStatus.invalid.rawValue }
            guard payload.size <= maximumPayloadBytes else { return ModuleStatus.limit.rawValue }
            return DatabaseTable.withTransaction(call, transaction, error) { port, call in
                guard call.instance.ports.queuesJobs, call.instance.manifest.jobs.contains(nameText) else {
                    return PortOutcome(.denied, message: "The job `\(nameText)` is not declared under `jobs`.")
                }
                return port.enqueue(
                    name: name.buffer, key: key.buffer, payload: payload.buffer, notBeforeMilliseconds: notBefore,
                    trace: call.trace)
            }
        }
}
