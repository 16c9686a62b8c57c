import CGantry

/// The instance's own database. No other module's or tenant's rows can be reached through it.
///
/// ```swift
/// let id = try request.database.write { tx in
///     try tx.execute("DELETE FROM drafts WHERE author = $1", "Ada")
///     return try tx.one("INSERT INTO entries (author) VALUES ($1) RETURNING id", "Ada") { row in try row[0] as Int }
/// }
/// ```
public struct Database {
    let scope: CallScope

    /// Runs `body` on one consistent snapshot and returns its result.
    ///
    /// What `body` throws is thrown on.
    public func read<Result>(_ body: (borrowing Transaction) throws -> Result) throws -> Result {
        try transact(GANTRY_TRANSACTION_READ, body)
    }

    /// Runs `body` in a transaction and returns its result once it is durable; what `body` throws undoes everything and
    /// is thrown on.
    ///
    /// `body` may run on another thread while this one waits, and may be run again from the start, as several writers
    /// share one commit. So it returns its results rather than changing variables around it, and does nothing that
    /// cannot be repeated.
    @discardableResult
    public func write<Result>(_ body: (borrowing Transaction) throws -> Result) throws -> Result {
        try transact(GANTRY_TRANSACTION_WRITE, body)
    }

    private func transact<Result>(
        _ mode: gantry_transaction_mode_v1, _ body: (borrowing Transaction) throws -> Result
    ) throws -> Result {
        let scope = scope
        let database = try scope.tables.pointee.database.get()
        var outcome: Swift.Result<Result, any Error>?
        do {
            try HostError.checkRecord("gantry.database transact") { record in
                LentTransactionBody.lend { transaction in
                    do {
                        outcome = .success(try body(Transaction(scope: scope, database: database, handle: transaction)))
                        return Status.ok.rawValue
                    } catch {
                        outcome = .failure(error)
                        return Outcome.status(of: error)
                    }
                } to: { function, context in
                    // Tables are checked to be complete when they are found.
                    database.pointee.transact.unsafelyUnwrapped(
                        scope.call, UInt32(mode.rawValue), function, context, record)
                }
            }
        } catch {
            // The body's own error says more than the status it was turned into.
            if case .failure(let cause) = outcome { throw cause }
            throw error
        }
        guard let outcome else { throw HostError(.failed, message: "The host did not run the transaction") }
        return try outcome.get()
    }
}
