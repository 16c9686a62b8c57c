public import GantryThreads

extension Database {
    /// Runs `body` on one consistent snapshot and blocks the caller meanwhile.
    /// - Parameters:
    ///   - privilege: what the statements may do.
    ///   - deadline: a statement that runs at this moment is interrupted (`cancelled`).
    ///   - body: calls nothing but its transaction. What it throws is thrown on.
    @discardableResult
    public func read<Value>(
        as privilege: Privilege = .module,
        deadline: Deadline = .never,
        _ body: (Transaction) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try readers.withConnection(deadline: deadline) { connection throws(StoreError) in
            defer { connection.guardian.deadline = .never }
            do throws(StoreError) {
                try connection.run(.beginRead)
                connection.guardian.deadline = deadline
                let transaction = Transaction(connection: connection, privilege: privilege, isWriting: false)
                let value = try transaction.run(body)
                connection.guardian.deadline = .never
                try connection.run(.commit)
                return value
            } catch {
                connection.guardian.deadline = .never
                connection.rollbackIfNeeded()
                throw error
            }
        }
    }

    /// Runs `body` in a writing transaction and blocks the caller until it is durable or undone.
    ///
    /// Writes that wait for the same file share one commit. So the body may run on another thread, and **may run
    /// again from its start**: it begins by resetting what it leaves outside. What it throws undoes its changes and
    /// is thrown on.
    /// - Parameters:
    ///   - privilege: what the statements may do.
    ///   - deadline: a body that has not started by then does not start (`cancelled`); one that has is not stopped.
    ///   - body: calls nothing but its transaction.
    @discardableResult
    public func write<Value>(
        as privilege: Privilege = .module,
        deadline: Deadline = .never,
        _ body: (Transaction) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try write(as: privilege, deadline: deadline, isAlone: false, body)
    }

    /// Queues `body` as a writing transaction and returns at once.
    /// - Parameters:
    ///   - privilege: what the statements may do.
    ///   - deadline: a body that has not started by then does not start (`cancelled`).
    ///   - body: as for `write`: it may run again from its start.
    ///   - completion: called exactly once, when the transaction is durable (nil) or undone (why). It runs on the
    ///     thread that committed, before the next commit, so it must be brief.
    public func submitWrite(
        as privilege: Privilege = .module,
        deadline: Deadline = .never,
        _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Void,
        completion: @escaping @Sendable (StoreError?) -> Void
    ) {
        writer.submit(PendingWrite(privilege: privilege, deadline: deadline, body: body, completion: completion))
    }

    /// - Parameters:
    ///   - isAlone: whether the write gets a commit of its own.
    ///   - suspendsForeignKeys: whether the body itself looks at foreign keys, at its end; for a write that is alone.
    func write<Value>(
        as privilege: Privilege,
        deadline: Deadline,
        isAlone: Bool,
        suspendsForeignKeys: Bool = false,
        _ body: (Transaction) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        var value: Value?
        let error = withoutActuallyEscaping(body) { body in
            // The write lets go of the body before it completes, and `perform` returns only then.
            writer.perform(
                PendingWrite(
                    privilege: privilege, deadline: deadline, isAlone: isAlone,
                    suspendsForeignKeys: suspendsForeignKeys
                ) { transaction throws(StoreError) in
                    value = try body(transaction)
                }
            )
        }
        if let error { throw error }
        guard let value else { preconditionFailure("a write that succeeded has run its body") }
        return value
    }
}
