import CGantry

/// A transaction that is under way. It cannot be kept beyond the closure that received it.
///
/// Placeholders in statements are `$1`, `$2`, …; parameters follow in that order. A function that fails throws
/// `HostError`; a broken constraint has the status `.conflict`.
public struct Transaction: ~Copyable {
    let scope: CallScope
    let database: UnsafePointer<gantry_database_v1>
    let handle: UInt64

    init(scope: CallScope, database: UnsafePointer<gantry_database_v1>, handle: UInt64) {
        self.scope = scope
        self.database = database
        self.handle = handle
    }

    /// Runs a statement and returns how many rows it inserted, updated or deleted.
    @discardableResult
    public func execute(_ sql: String, _ parameters: (any SQLParameter)?...) throws -> Int {
        try run(sql, SQLArguments(parameters), wantsRows: false) { _ in }
    }

    /// Runs a statement and calls `row` with each row of its result, in order; what `row` throws ends it.
    public func query(
        _ sql: String, _ parameters: (any SQLParameter)?..., row: (borrowing Row) throws -> Void
    ) throws {
        try run(sql, SQLArguments(parameters), row: row)
    }

    /// Runs a statement and returns what `map` makes of each row.
    public func rows<Value>(
        _ sql: String, _ parameters: (any SQLParameter)?..., map: (borrowing Row) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try run(sql, SQLArguments(parameters)) { values.append(try map($0)) }
        return values
    }

    /// Runs a statement and returns what `map` makes of the first row; nil when there is none. The statement ends
    /// with that row.
    public func first<Value>(
        _ sql: String, _ parameters: (any SQLParameter)?..., map: (borrowing Row) throws -> Value
    ) throws -> Value? {
        try firstValue(sql, SQLArguments(parameters), map)
    }

    /// Runs a statement and returns what `map` makes of the first row, which there must be: for counts and `RETURNING`.
    public func one<Value>(
        _ sql: String, _ parameters: (any SQLParameter)?..., map: (borrowing Row) throws -> Value
    ) throws -> Value {
        guard let value = try firstValue(sql, SQLArguments(parameters), map) else {
            throw HostError(.failed, message: "The statement has no row: \(sql)")
        }
        return value
    }

    private func firstValue<Value>(
        _ sql: String, _ arguments: SQLArguments, _ map: (borrowing Row) throws -> Value
    ) throws -> Value? {
        var value: Value?
        try run(sql, arguments, endsAfterFirst: true) { row in value = try map(row) }
        return value
    }

    @discardableResult
    private func run(
        _ sql: String, _ arguments: SQLArguments, wantsRows: Bool = true, endsAfterFirst: Bool = false,
        row: (borrowing Row) throws -> Void
    ) throws -> Int {
        var thrown: (any Error)?
        var changes: UInt64 = 0
        let scope = scope
        let handle = handle
        let database = database
        // Tables are checked to be complete when they are found.
        let execute = database.pointee.execute.unsafelyUnwrapped
        do {
            try HostError.checkRecord("gantry.database execute") { record in
                sql.withText { sql in
                    arguments.withValues { values in
                        guard wantsRows else {
                            return execute(
                                scope.call, handle, sql, values.baseAddress, UInt64(values.count), nil, nil, &changes,
                                record)
                        }
                        return LentRowBody.lend { columns in
                            do {
                                try row(Row(columns))
                                return (endsAfterFirst ? Status.end : Status.ok).rawValue
                            } catch {
                                thrown = error
                                return Outcome.status(of: error)
                            }
                        } to: { function, context in
                            execute(
                                scope.call, handle, sql, values.baseAddress, UInt64(values.count), function, context,
                                &changes, record)
                        }
                    }
                }
            }
        } catch {
            throw thrown ?? error
        }
        if let thrown { throw thrown }
        return Int(clamping: changes)
    }
}
