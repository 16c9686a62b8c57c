import CGantry
import GantryKit
import Glibc

/// `gantry.database`, `gantry.events` and `gantry.jobs`.
enum DatabaseTable {
    private static let maximumDataBytes = 256 << 10

    static let table = gantry_database_v1(
        transact: { call, mode, body, context, error in
            TestHost.with(call, "gantry.database transact", waits: true) { host, _ in
                guard let body, mode <= 1 else { return .invalid }
                let status = transact(host, writes: mode == 1) { body(context, $0) }
                if status.isFailure { error?.fill("the transaction was undone: \(status)") }
                return status
            }
        },
        submit: { call, mode, body, context, done, doneContext, _ in
            TestHost.with(call, "gantry.database submit") { host, _ in
                guard let body, let done, mode <= 1 else { return .invalid }
                // Both are the module's own, lent until `done` is called.
                nonisolated(unsafe) let (context, doneContext) = (context, doneContext)
                host.threads.submitBlocking(
                    .init {
                        let status = transact(host, writes: mode == 1) { body(context, $0) }
                        let record = ErrorRecord()
                        if status.isFailure { record.pointer.fill("the transaction was undone: \(status)") }
                        _ = done(doneContext, status.rawValue, record.pointer)
                    })
                return .pending
            }
        },
        execute: { call, transaction, sql, parameters, count, onRow, context, outChanges, error in
            TestHost.with(call, "gantry.database execute") { host, _ in
                if let status = check(host, transaction) { return status }
                guard let database = host.databaseIfThere else { return .denied }
                let values = UnsafeBufferPointer(start: parameters, count: parameters == nil ? 0 : Int(count))
                let outcome = database.statement(sql.copy, values) { columns in
                    onRow?(context, columns.baseAddress, UInt64(columns.count)) ?? Status.ok.rawValue
                }
                outChanges?.pointee = UInt64(outcome.changes)
                if outcome.status.isFailure { error?.fill(code: outcome.code, outcome.message) }
                return outcome.status
            }
        })

    static let events = gantry_events_v1(publish: { call, transaction, type, key, data, outID, error in
        TestHost.with(call, "gantry.events publish") { host, _ in
            if let status = check(host, transaction) { return status }
            let (type, data) = (type.copy, data.copiedBytes)
            if let bundle = host.bundle, !bundle.publishes.contains(type) {
                error?.fill("The event `\(type)` is not declared under `events.publishes`.")
                return .denied
            }
            guard data.count <= maximumDataBytes else { return .limit }
            guard isObject(data) else { return .invalid }
            let id = host.identifier()
            let event = TestEvent(id: id, type: type, key: key.copy, data: data)
            host.state.withLock { $0.transaction?.published.append(event) }
            if let outID { for (index, byte) in id.utf8.enumerated() { outID[index] = byte } }
            return .ok
        }
    })

    static let jobs = gantry_jobs_v1(enqueue: { call, transaction, name, key, payload, notBefore, error in
        TestHost.with(call, "gantry.jobs enqueue") { host, _ in
            if let status = check(host, transaction) { return status }
            let (name, payload) = (name.copy, payload.copiedBytes)
            if let bundle = host.bundle, !bundle.jobs.contains(name) {
                error?.fill("The job `\(name)` is not declared under `jobs`.")
                return .denied
            }
            guard payload.count <= maximumDataBytes else { return .limit }
            guard isObject(payload) else { return .invalid }
            let job = TestJob(
                id: host.identifier(), name: name, key: key.copy, payload: payload, notBeforeMilliseconds: notBefore)
            host.state.withLock { $0.transaction?.jobs.append(job) }
            return .ok
        }
    })

    static func isObject(_ json: [UInt8]) -> Bool {
        guard let document = try? JSONDocument(json) else { return false }
        return document.withRoot { $0.kind == .object }
    }

    private static func transact(_ host: TestHost, writes: Bool, _ body: (UInt64) -> Int32) -> Status {
        guard let database = host.databaseIfThere else { return .denied }
        // Within another one on its own thread it would wait for itself.
        let isNested = host.state.withLock { $0.transaction?.thread == UInt(pthread_self()) }
        if isNested { return .thread }
        let runs = writes ? host.state.withLock { $0.transactionRuns } : 1
        return database.transact(writes: writes, runs: runs) {
            let number = host.state.withLock { state in
                let number = state.next()
                state.transaction = OpenTransaction(number: number, thread: UInt(pthread_self()))
                return number
            }
            return body(number)
        } commit: {
            host.state.withLock { state in
                guard writes, !state.commitStatuses.isEmpty else { return .ok }
                return state.commitStatuses.removeFirst()
            }
        } finish: { status in
            let events = host.state.withLock { $0.transaction?.published ?? [] }
            let deliveries = events.map { host.delivery(of: $0.type) }
            host.state.withLock { state in
                if status == .ok, let transaction = state.transaction {
                    for delivery in deliveries {
                        for index in state.webhooks.indices
                        where state.webhooks[index].isOn && state.webhooks[index].events.contains(delivery.eventType) {
                            state.webhooks[index].deliveries.append(delivery)
                        }
                    }
                    state.published += transaction.published
                    state.jobs += transaction.jobs
                    state.mails += transaction.mails
                }
                state.transaction = nil
            }
        }
    }

    /// Nil when the transaction is under way on this very thread.
    static func check(_ host: TestHost, _ number: UInt64) -> Status? {
        host.state.withLock { state in
            guard let transaction = state.transaction, transaction.number == number else { return .stale }
            return transaction.thread == UInt(pthread_self()) ? nil : .thread
        }
    }
}
