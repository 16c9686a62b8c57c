/// A transaction, as its body sees it. It is over when the body returns; whoever keeps it longer gets errors.
///
/// It belongs to the thread that runs the body; the body may hand it to another thread only while it waits for it.
public final class Transaction {
    /// Whether the transaction may change anything.
    public let isWriting: Bool
    /// What the statements may do unless they ask for another privilege.
    public let privilege: Privilege

    private let connection: Connection
    private var isOver = false
    /// The first failure after which nothing more can come of the transaction, even if the body goes on.
    private var failure: StoreError?
    private(set) var signals: CommitSignals = []

    init(connection: Connection, privilege: Privilege, isWriting: Bool) {
        self.connection = connection
        self.privilege = privilege
        self.isWriting = isWriting
    }

    /// Runs one statement. Placeholders are `$1`, `$2`, …; each may be used several times.
    /// - Parameters:
    ///   - sql: the statement, UTF-8.
    ///   - parameters: as many as the highest placeholder says. Their bytes are borrowed, not copied.
    ///   - privilege: what this statement may do; nil for the transaction's own privilege.
    ///   - onRow: called for each row; what the row hands out is borrowed until it returns. It answers whether to
    ///     go on, and may run further statements.
    /// - Returns: how many rows were inserted, updated or deleted.
    @discardableResult
    public func execute(
        _ sql: UnsafeRawBufferPointer,
        _ parameters: UnsafeBufferPointer<SQLValue>,
        privilege: Privilege? = nil,
        onRow: (borrowing Row) throws(StoreError) -> Bool
    ) throws(StoreError) -> Int {
        if isOver { throw StoreError(.misuse, "the transaction is over") }
        if let failure { throw failure }
        do throws(StoreError) {
            return try connection.execute(
                sql,
                privilege: privilege ?? self.privilege,
                parameters: parameters,
                onRow: onRow
            )
        } catch {
            if !connection.isInTransaction || error.endsTransaction { failure = error }
            throw error
        }
    }

    /// Tells those who watch the database's commits that there is something for them, once this is committed.
    public func signal(_ signals: CommitSignals) {
        self.signals.formUnion(signals)
    }

    /// Runs all statements of a script that ends with NUL; when one fails, `offset` says where it stands.
    func executeScript(_ sql: UnsafeRawBufferPointer, offset: inout Int) throws(StoreError) {
        if isOver { throw StoreError(.misuse, "the transaction is over") }
        do throws(StoreError) {
            try connection.executeScript(sql, privilege: privilege, offset: &offset)
        } catch {
            failure = error
            throw error
        }
    }

    /// Runs the body and ends the transaction for whoever holds it; commits nothing.
    func run<Value>(_ body: (Transaction) throws(StoreError) -> Value) throws(StoreError) -> Value {
        defer { isOver = true }
        let value = try body(self)
        if let failure { throw failure }
        return value
    }
}
