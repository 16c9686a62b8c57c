import GantryThreads

/// A write transaction that waits for its group.
///
/// Guard of what changes: until it is completed only the writer's owner touches it; the waiting caller looks at it
/// again when `progress` says that it is done.
final class PendingWrite: @unchecked Sendable {
    typealias Body = (Transaction) throws(StoreError) -> Void

    /// What a blocked caller waits for.
    enum Progress {
        case waiting
        /// The caller is asked to run the next group itself.
        case leading
        case done
    }

    let privilege: Privilege
    let deadline: Deadline
    /// Whether it gets a commit of its own.
    let isAlone: Bool
    /// Whether foreign keys are checked at its end only, by its own body, as SQLite recommends for the rebuild of a
    /// table. Such a write is alone.
    let suspendsForeignKeys: Bool
    /// Nil when a caller is blocked until it is done.
    let completion: (@Sendable (StoreError?) -> Void)?
    let progress: Monitor<Progress>?
    /// Whether its caller was asked to lead; guarded by the writer's lock.
    var isPromoted = false

    private(set) var body: Body?
    var error: StoreError?
    var signals: CommitSignals = []

    /// A write whose caller is blocked until it is done.
    init(
        privilege: Privilege, deadline: Deadline, isAlone: Bool, suspendsForeignKeys: Bool,
        blockingCallerOf body: @escaping Body
    ) {
        self.privilege = privilege
        self.deadline = deadline
        self.isAlone = isAlone
        self.suspendsForeignKeys = suspendsForeignKeys
        self.body = body
        completion = nil
        progress = Monitor(.waiting)
    }

    /// A write that calls back.
    init(
        privilege: Privilege,
        deadline: Deadline,
        body: @escaping @Sendable (Transaction) throws(StoreError) -> Void,
        completion: @escaping @Sendable (StoreError?) -> Void
    ) {
        self.privilege = privilege
        self.deadline = deadline
        isAlone = false
        suspendsForeignKeys = false
        self.body = body
        self.completion = completion
        progress = nil
    }

    /// Runs the body in a transaction; commits nothing.
    func run(on connection: Connection) throws(StoreError) {
        guard let body else { return }
        let transaction = Transaction(connection: connection, privilege: privilege, isWriting: true)
        signals = []
        try transaction.run(body)
        // RELEASE would succeed and the group's COMMIT fail.
        if connection.hasDeferredViolation {
            throw StoreError(.conflict, "a foreign key points to no row")
        }
        signals = transaction.signals
    }

    /// Tells the caller the outcome. The body, which borrows from a blocked caller, is let go before.
    func complete() {
        body = nil
        if let progress {
            progress.withLock { $0 = .done }
            progress.signal()
        } else {
            completion?(error)
        }
    }

    /// Asks the blocked caller to run the next group.
    func promote() {
        progress?.withLock { $0 = .leading }
        progress?.signal()
    }

    /// Lets go of the body of a write that never ran.
    func withdraw() {
        body = nil
    }
}
