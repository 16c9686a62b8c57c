import CGantry
import GantryKit
import GantryThreads
import Glibc

extension FakeHost {
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
                GANTRY_RESPONSE_ID: place(FakeHost.response),
                GANTRY_LOG_ID: place(FakeHost.log),
                GANTRY_CLOCK_ID: place(FakeHost.clock),
                GANTRY_CALL_ID: place(
                    gantry_call_table_v1(is_cancelled: { call, out in
                        guard let host = FakeHost.of(call) else { return Status.stale.rawValue }
                        out?.pointee = host.state.withLock { $0.isCancelled } ? 1 : 0
                        return Status.ok.rawValue
                    })),
                GANTRY_DATABASE_ID: place(FakeHost.database),
                GANTRY_EVENTS_ID: place(FakeHost.events),
                GANTRY_JOBS_ID: place(FakeHost.jobs),
            ]
        }
    }

    private static let tables = Tables()

    /// What a module's entry and `create` receive.
    var scope: gantry_host_v1 {
        gantry_host_v1(scope: id) { scope, id, revision, out in
            guard let host = FakeHost.find(scope), let table = FakeHost.tables.pointers[id.text], revision == 1 else {
                return Status.unsupported.rawValue
            }
            guard !host.state.withLock({ $0.denied.contains(id.text) }) else { return Status.denied.rawValue }
            out?.pointee = table
            return Status.ok.rawValue
        }
    }

    private static var response: gantry_response_v1 {
        gantry_response_v1(
            send: { call, status, type, headers, count, body in
                guard let host = FakeHost.of(call) else { return Status.stale.rawValue }
                var answer = Answer(status: Int(status), contentType: type.text, body: body.text)
                for field in UnsafeBufferPointer(start: headers, count: Int(count)) {
                    answer.headers[field.name.text] = field.value.text
                }
                return host.state.withLock { state in
                    if state.sendStatus == .ok { state.answers.append(answer) }
                    return state.sendStatus.rawValue
                }
            },
            fail: { call, status, reason, message, details in
                guard let host = FakeHost.of(call) else { return Status.stale.rawValue }
                let answer = Answer(
                    status: Int(status), body: details.text, reason: reason.text, message: message.text)
                host.state.withLock { $0.answers.append(answer) }
                return Status.ok.rawValue
            },
            refuse: { call, findings, count in
                guard let host = FakeHost.of(call) else { return Status.stale.rawValue }
                let findings = UnsafeBufferPointer(start: findings, count: Int(count)).map(Finding.init(copying:))
                host.state.withLock { $0.answers.append(Answer(status: 422, findings: findings)) }
                return Status.ok.rawValue
            })
    }

    private static var log: gantry_log_v1 {
        gantry_log_v1(write: { call, level, message, fields, count in
            let pairs = UnsafeBufferPointer(start: fields, count: Int(count)).map { "\($0.name.text)=\($0.value.text)" }
            let line = (["\(level)", message.text] + pairs).joined(separator: " ")
            FakeHost.of(call)?.state.withLock { $0.logs.append(line) }
            return Status.ok.rawValue
        })
    }

    private static var clock: gantry_clock_v1 {
        gantry_clock_v1(
            now: { _, out in
                out?.pointee = 1_767_225_600_000
                return Status.ok.rawValue
            },
            monotonic: { _, out in
                out?.pointee = 5_000
                return Status.ok.rawValue
            },
            random: { _, out, size in
                for index in 0..<Int(size) { out?[index] = 0xFF }
                return Status.ok.rawValue
            })
    }

    private static var database: gantry_database_v1 {
        gantry_database_v1(
            transact: { call, mode, body, context, error in
                guard let host = FakeHost.of(call), let body else { return Status.stale.rawValue }
                let (runs, retries, commit) = host.state.withLock { state in
                    state.transactionModes.append(mode)
                    return (state.runs, state.retriesFailures, state.commitStatus)
                }
                for run in 0..<runs {
                    let transaction = host.state.withLock { state in
                        state.transactions += 1
                        return state.transactions
                    }
                    let status = OtherThread.run { body(context, transaction) }
                    if status != Status.ok.rawValue, !retries || run == runs - 1 { return status }
                }
                if commit != .ok { FakeHost.fill(error, code: 0, "commit failed") }
                return commit.rawValue
            },
            submit: { _, _, _, _, _, _, _ in Status.unsupported.rawValue },
            execute: { call, _, sql, parameters, count, onRow, context, changes, error in
                guard let host = FakeHost.of(call) else { return Status.stale.rawValue }
                let values = UnsafeBufferPointer(start: parameters, count: Int(count)).map(SQLValue.init(copying:))
                let execute = host.state.withLock { state in
                    state.statements.append(Statement(sql: sql.text, parameters: values))
                    return state.execute
                }
                let result = execute(sql.text)
                guard result.status == .ok else {
                    FakeHost.fill(error, code: result.code, result.message)
                    return result.status.rawValue
                }
                for row in result.rows {
                    let memory = Memory()
                    let columns = memory.array(row.map { $0.raw(in: memory) })
                    let status = onRow?(context, columns, UInt64(row.count)) ?? 0
                    guard status == 0 else { return status }
                }
                changes?.pointee = UInt64(result.changes)
                return Status.ok.rawValue
            })
    }

    private static var events: gantry_events_v1 {
        gantry_events_v1(publish: { call, transaction, type, key, data, out, _ in
            guard let host = FakeHost.of(call) else { return Status.stale.rawValue }
            let event = Published(transaction: transaction, type: type.text, key: key.text, data: data.text)
            host.state.withLock { $0.published.append(event) }
            for index in 0..<36 { out?[index] = UInt8(ascii: "e") }
            return Status.ok.rawValue
        })
    }

    private static var jobs: gantry_jobs_v1 {
        gantry_jobs_v1(enqueue: { call, transaction, name, key, payload, notBefore, _ in
            guard let host = FakeHost.of(call) else { return Status.stale.rawValue }
            let job = Enqueued(
                transaction: transaction, name: name.text, key: key.text, payload: payload.text, notBefore: notBefore)
            host.state.withLock { $0.enqueued.append(job) }
            return Status.ok.rawValue
        })
    }

    private static func fill(_ record: UnsafeMutablePointer<gantry_error_v1>?, code: Int, _ message: String) {
        guard let record, let room = record.pointee.message else { return }
        let bytes = Array(message.utf8.prefix(Int(record.pointee.message_capacity)))
        room.update(from: bytes, count: bytes.count)
        record.pointee.code = Int32(code)
        record.pointee.message_size = UInt32(bytes.count)
    }
}

/// Runs a closure on a thread of its own and waits, as the host's database may do.
private enum OtherThread {
    private struct Work {
        let body: () -> Int32
        var status: Int32 = 0
    }

    static func run(_ body: () -> Int32) -> Int32 {
        withoutActuallyEscaping(body) { body in
            var work = Work(body: body)
            return withUnsafeMutablePointer(to: &work) { work in
                var thread = pthread_t()
                let started = pthread_create(
                    &thread, nil,
                    { work in
                        guard let work = work?.assumingMemoryBound(to: Work.self) else { return nil }
                        work.pointee.status = work.pointee.body()
                        return nil
                    }, work)
                precondition(started == 0, "no thread")
                pthread_join(thread, nil)
                return work.pointee.status
            }
        }
    }
}

extension Finding {
    init(copying raw: gantry_finding_v1) {
        self.init(
            raw.path.text, code: raw.code.text, raw.message.text, in: Location(rawValue: raw.location) ?? .body)
    }
}

extension SQLValue {
    init(copying raw: gantry_value_v1) {
        switch UInt32(raw.type) {
        case GANTRY_VALUE_INTEGER.rawValue: self = .integer(raw.integer)
        case GANTRY_VALUE_REAL.rawValue: self = .real(raw.real)
        case GANTRY_VALUE_TEXT.rawValue: self = .text(raw.bytes.text)
        case GANTRY_VALUE_BLOB.rawValue:
            self = .blob(Array(UnsafeBufferPointer(start: raw.bytes.data, count: Int(raw.bytes.size))))
        default: self = .null
        }
    }

    func raw(in memory: Memory) -> gantry_value_v1 {
        var raw = gantry_value_v1()
        switch self {
        case .null: break
        case .integer(let value):
            raw.type = Int32(GANTRY_VALUE_INTEGER.rawValue)
            raw.integer = value
        case .real(let value):
            raw.type = Int32(GANTRY_VALUE_REAL.rawValue)
            raw.real = value
        case .text(let value):
            raw.type = Int32(GANTRY_VALUE_TEXT.rawValue)
            raw.bytes = memory.text(value)
        case .blob(let value):
            raw.type = Int32(GANTRY_VALUE_BLOB.rawValue)
            raw.bytes = gantry_str_v1(data: memory.array(value), size: UInt64(value.count))
        }
        return raw
    }
}
