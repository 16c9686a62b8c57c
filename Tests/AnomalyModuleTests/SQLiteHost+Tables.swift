import CGantry
import GantryKit
import GantryThreads

extension SQLiteHost {
    /// The host's side of the interface. Constant, written once and never freed.
    private struct Tables: @unchecked Sendable {
        let pointers: [String: UnsafeRawPointer]

        init() {
            func place<Table>(_ table: Table) -> UnsafeRawPointer {
                let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
                memory.initialize(to: table)
                return UnsafeRawPointer(memory)
            }
            pointers = [
                GANTRY_RESPONSE_ID: place(SQLiteHost.response),
                GANTRY_LOG_ID: place(gantry_log_v1(write: { _, _, _, _, _ in 0 })),
                GANTRY_CLOCK_ID: place(SQLiteHost.clock),
                GANTRY_CALL_ID: place(
                    gantry_call_table_v1(is_cancelled: { call, out in
                        guard let host = SQLiteHost.of(call) else { return Status.stale.rawValue }
                        out?.pointee = host.state.withLock { $0.isCancelled } ? 1 : 0
                        return 0
                    })),
                GANTRY_DATABASE_ID: place(SQLiteHost.databaseTable),
                GANTRY_EVENTS_ID: place(SQLiteHost.events),
                GANTRY_JOBS_ID: place(SQLiteHost.jobs),
            ]
        }
    }

    private static let tables = Tables()

    /// What a module's entry and `create` receive.
    var scope: gantry_host_v1 {
        gantry_host_v1(scope: id) { _, id, revision, out in
            guard let table = SQLiteHost.tables.pointers[id.string], revision == 1 else {
                return Status.unsupported.rawValue
            }
            out?.pointee = table
            return 0
        }
    }

    private static func of(_ call: UnsafePointer<gantry_call_v1>?) -> SQLiteHost? {
        call.flatMap { find($0.pointee.instance) }
    }

    private static var response: gantry_response_v1 {
        gantry_response_v1(
            send: { call, status, _, _, _, body in
                SQLiteHost.of(call)?.set { $0.answer = Answer(status: Int(status), body: body.string) }
                return 0
            },
            fail: { call, status, reason, message, _ in
                let answer = Answer(status: Int(status), reason: reason.string, message: message.string)
                SQLiteHost.of(call)?.set { $0.answer = answer }
                return 0
            },
            refuse: { call, findings, count in
                let findings = UnsafeBufferPointer(start: findings, count: Int(count)).map(Finding.init(copying:))
                SQLiteHost.of(call)?.set { $0.answer = Answer(status: 422, findings: findings) }
                return 0
            })
    }

    private static var clock: gantry_clock_v1 {
        gantry_clock_v1(
            now: { call, out in
                out?.pointee = SQLiteHost.of(call)?.state.withLock { $0.now } ?? 0
                return 0
            },
            monotonic: { _, out in
                out?.pointee = 1
                return 0
            },
            random: { call, out, size in
                // Distinct, and the same in every run.
                let count = SQLiteHost.of(call)?.state.withLock { state in
                    state.counter += 1
                    return state.counter
                }
                for index in 0..<Int(size) {
                    out?[index] = index < 8 ? UInt8(truncatingIfNeeded: (count ?? 0) >> (8 * UInt64(index))) : 7
                }
                return 0
            })
    }

    private static var databaseTable: gantry_database_v1 {
        gantry_database_v1(
            transact: { call, mode, body, context, _ in
                guard let host = SQLiteHost.of(call), let body else { return Status.stale.rawValue }
                // Waited for before this function returns, so that the context outlives its use.
                nonisolated(unsafe) let context = context
                return host.transact(writes: mode == GANTRY_TRANSACTION_WRITE.rawValue) { body(context, $0) }
            },
            submit: { call, mode, body, context, done, doneContext, _ in
                guard let host = SQLiteHost.of(call), let body else { return Status.stale.rawValue }
                nonisolated(unsafe) let context = context
                let status = host.transact(writes: mode == GANTRY_TRANSACTION_WRITE.rawValue) { body(context, $0) }
                var record = gantry_error_v1()
                _ = done?(doneContext, status, &record)
                return Status.pending.rawValue
            },
            execute: { call, _, sql, parameters, count, onRow, context, changes, error in
                guard let host = SQLiteHost.of(call) else { return Status.stale.rawValue }
                let values = Array(UnsafeBufferPointer(start: parameters, count: Int(count)))
                let result = host.run(sql.string, values) { columns in
                    columns.withUnsafeBufferPointer { onRow?(context, $0.baseAddress, UInt64($0.count)) ?? 0 }
                }
                changes?.pointee = UInt64(result.changes)
                if result.status != 0, let error, let room = error.pointee.message {
                    let bytes = Array(result.message.utf8.prefix(Int(error.pointee.message_capacity)))
                    room.update(from: bytes, count: bytes.count)
                    error.pointee.message_size = UInt32(bytes.count)
                }
                return result.status
            })
    }

    private static var events: gantry_events_v1 {
        gantry_events_v1(publish: { call, _, type, key, data, out, _ in
            let event = Published(type: type.string, key: key.string, data: data.string)
            SQLiteHost.of(call)?.set { $0.pendingPublished.append(event) }
            for index in 0..<36 { out?[index] = UInt8(ascii: "e") }
            return 0
        })
    }

    private static var jobs: gantry_jobs_v1 {
        gantry_jobs_v1(enqueue: { call, _, name, _, payload, _, _ in
            let job = (name: name.string, payload: payload.string)
            SQLiteHost.of(call)?.set { $0.pendingJobs.append(job) }
            return 0
        })
    }
}

extension gantry_str_v1 {
    /// A copy of the text.
    var string: String {
        String(decoding: UnsafeBufferPointer(start: data, count: data == nil ? 0 : Int(size)), as: UTF8.self)
    }
}

extension Finding {
    init(copying raw: gantry_finding_v1) {
        self.init(
            raw.path.string, code: raw.code.string, raw.message.string, in: Location(rawValue: raw.location) ?? .body)
    }
}
