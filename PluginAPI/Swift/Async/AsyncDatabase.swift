import CGantry

/// The instance's own database for asynchronous handlers: no thread waits while a transaction waits for its turn or for
/// the disk.
///
/// ```swift
/// let id = try await request.database.write { tx in
///     try tx.one("INSERT INTO entries (author) VALUES ($1) RETURNING id", author) { row in try row[0] as Int }
/// }
/// ```
public struct AsyncDatabase: Sendable {
    let call: KeptCall

    /// Runs `body` on one consistent snapshot and returns its result. What `body` throws is thrown on.
    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await submit(GANTRY_TRANSACTION_READ, body)
    }

    /// Runs `body` in a transaction and returns its result once it is durable; what `body` throws undoes everything and
    /// is thrown on.
    ///
    /// `body` runs on another thread and may be run again from the start, as several writers share one commit. So it is
    /// no `async` function, returns its results, and does nothing that cannot be repeated.
    @discardableResult
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await submit(GANTRY_TRANSACTION_WRITE, body)
    }

    private func submit<Result: Sendable>(
        _ mode: gantry_transaction_mode_v1, _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        let call = call
        // Sendable: the table is constant and lives as long as the instance.
        nonisolated(unsafe) let database = try call.tables.pointer.pointee.database.get()
        let outcome = Monitor<Swift.Result<Result, any Error>?>(nil)
        let pending = PendingTransaction { handle in
            let result = Swift.Result {
                try body(Transaction(scope: call.scope, database: database, handle: handle))
            }
            outcome.withLock { $0 = result }
            guard case .failure(let error) = result else { return Status.ok.rawValue }
            return Outcome.status(of: error)
        }
        do {
            try await pending.submit(to: database, call, mode)
        } catch {
            // The body's own error says more than the status it was turned into.
            if case .failure(let cause) = outcome.withLock({ $0 }) { throw cause }
            throw error
        }
        guard let result = outcome.withLock({ $0 }) else {
            throw HostError(.failed, message: "The host did not run the transaction")
        }
        return try result.get()
    }
}

/// A transaction on its way through the interface, whose completion resumes the task that waits.
///
/// `@unchecked Sendable`: `continuation` is written before the host learns of the transaction, and used once, by
/// whoever completes it.
private final class PendingTransaction: @unchecked Sendable {
    private let body: @Sendable (UInt64) -> Int32
    private var continuation: CheckedContinuation<Void, any Error>?

    init(_ body: @escaping @Sendable (UInt64) -> Int32) { self.body = body }

    func submit(
        to database: UnsafePointer<gantry_database_v1>, _ call: KeptCall, _ mode: gantry_transaction_mode_v1
    ) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            self.continuation = continuation
            let ticket = Ticket.issue(self)
            var answer = Status.pending.rawValue
            do throws(HostError) {
                try HostError.checkRecord("gantry.database submit") { record in
                    answer = database.pointee.submit.unsafelyUnwrapped(
                        call.pointer, UInt32(mode.rawValue), Self.run, ticket, Self.done, ticket, record)
                    return answer
                }
                try HostError.checkAccepted(answer, as: .pending, "gantry.database submit")
            } catch {
                // Neither function is to be called; one that was has resumed the task already.
                if Ticket.redeem(ticket, as: PendingTransaction.self) != nil { continuation.resume(throwing: error) }
            }
        }
    }

    private static let run: gantry_transaction_fn_v1 = { ticket, transaction in
        guard let pending = Ticket.object(ticket, as: PendingTransaction.self) else { return Status.stale.rawValue }
        return pending.body(transaction)
    }

    private static let done: gantry_completion_fn_v1 = { ticket, status, record in
        guard let pending = Ticket.redeem(ticket, as: PendingTransaction.self) else { return Status.already.rawValue }
        if let error = HostError(completion: status, record, of: "gantry.database submit") {
            pending.continuation?.resume(throwing: error)
        } else {
            pending.continuation?.resume()
        }
        return Status.ok.rawValue
    }
}

extension HostError {
    /// What a completion told, nil when it told success.
    init?(completion status: Int32, _ record: UnsafePointer<gantry_error_v1>?, of function: StaticString) {
        let status = Status(rawValue: status)
        guard status.isFailure else { return nil }
        let text = record.map { record in
            String(
                decoding: UnsafeBufferPointer(lent: record.pointee.message, UInt64(record.pointee.message_size)),
                as: UTF8.self)
        }
        self.init(
            status, code: Int(record?.pointee.code ?? 0),
            message: text.flatMap { $0.isEmpty ? nil : $0 } ?? "\(function) answered: \(status)")
    }
}
