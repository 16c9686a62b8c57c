import CSQLite
import GantryThreads

/// One open connection to a database's file. Used by one thread at a time; its owner sees to that.
final class Connection {
    let handle: OpaquePointer
    let guardian: Guard
    var moduleStatements = StatementCache(capacity: 128)
    var hostStatements = StatementCache(capacity: 64)
    private var controls = [OpaquePointer?](repeating: nil, count: ControlStatement.allCases.count)

    /// The statements that only the store itself runs. Numbered, since they are looked up for every transaction.
    enum ControlStatement: Int, CaseIterable {
        case beginRead
        case beginWrite
        case commit
        case rollback
        case savepoint
        case release
        case rollbackToSavepoint

        var text: String {
            switch self {
            case .beginRead: "BEGIN DEFERRED"
            case .beginWrite: "BEGIN IMMEDIATE"
            case .commit: "COMMIT"
            case .rollback: "ROLLBACK"
            case .savepoint: "SAVEPOINT gantry_member"
            case .release: "RELEASE gantry_member"
            case .rollbackToSavepoint: "ROLLBACK TO gantry_member"
            }
        }
    }

    init(path: String, isReader: Bool, maximumPageCount: Int64) throws(StoreError) {
        SQLiteLibrary.initialize()
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let status = sqlite3_open_v2(path, &opened, flags, nil)
        guard status == SQLITE_OK, let opened else {
            let error = StoreError(sqlite: status, on: opened, doing: "cannot open \(path)")
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        guardian = Guard(isReader: isReader)
        do {
            try configure(path: path, maximumPageCount: maximumPageCount)
        } catch {
            sqlite3_close_v2(opened)
            throw error
        }
        installCallbacks()
    }

    deinit {
        moduleStatements.removeAll()
        hostStatements.removeAll()
        for statement in controls { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Whether a foreign key is violated that only COMMIT would look at.
    var hasDeferredViolation: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current != 0
    }

    /// Runs one of the store's own statements.
    func run(_ control: ControlStatement) throws(StoreError) {
        let outer = guardian.privilege
        guardian.privilege = nil
        defer { guardian.privilege = outer }
        let statement = try prepared(control)
        let status = sqlite3_step(statement)
        // The error must be read before the reset, which may overwrite it.
        let error = status == SQLITE_DONE ? nil : StoreError(sqlite: status, on: handle, doing: control.text)
        sqlite3_reset(statement)
        if let error { throw error }
    }

    /// Leaves no transaction open, whatever state the connection is in.
    func rollbackIfNeeded() {
        guard isInTransaction else { return }
        // When even this fails, SQLite has rolled back by itself or the connection is closed next.
        do { try run(.rollback) } catch { assert(!isInTransaction) }
    }

    /// Turns the check of foreign keys off or on again; outside of transactions only.
    func setForeignKeys(_ areChecked: Bool) {
        gantry_sqlite_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, areChecked ? 1 : 0)
    }

    /// Moves the log's pages into the file, as far as no reader needs them.
    func checkpoint() {
        // What it could not move now it moves the next time; nothing is lost.
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        guardian.logPageCount = 0
    }

    private func prepared(_ control: ControlStatement) throws(StoreError) -> OpaquePointer {
        if let statement = controls[control.rawValue] { return statement }
        var statement: OpaquePointer?
        let status = sqlite3_prepare_v3(
            handle, control.text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard status == SQLITE_OK, let statement else {
            throw StoreError(sqlite: status, on: handle, doing: control.text)
        }
        controls[control.rawValue] = statement
        return statement
    }
}

extension Connection {
    /// Pages in the log from which on the writer checkpoints.
    static let checkpointPageCount = 1000

    private func configure(path: String, maximumPageCount: Int64) throws(StoreError) {
        sqlite3_busy_timeout(handle, 5000)
        for (option, isOn) in [
            (SQLITE_DBCONFIG_DEFENSIVE, true), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (SQLITE_DBCONFIG_ENABLE_FKEY, true), (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, false),
            (SQLITE_DBCONFIG_DQS_DDL, false), (SQLITE_DBCONFIG_DQS_DML, false),
        ] {
            gantry_sqlite_db_config(handle, option, isOn ? 1 : 0)
        }
        sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 67_108_864)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 268_435_456)
        sqlite3_limit(handle, SQLITE_LIMIT_WORKER_THREADS, 0)
        var pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
        pragmas += "PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=0;"
        if maximumPageCount > 0 { pragmas += "PRAGMA max_page_count=\(maximumPageCount);" }
        if guardian.isReader { pragmas += "PRAGMA query_only=ON;" }
        let status = sqlite3_exec(handle, pragmas, nil, nil, nil)
        guard status == SQLITE_OK else {
            throw StoreError(sqlite: status, on: handle, doing: "cannot open \(path)")
        }
    }

    private func installCallbacks() {
        // The guardian lives as long as the connection, which calls nothing after it was closed.
        let context = Unmanaged.passUnretained(guardian).toOpaque()
        sqlite3_set_authorizer(
            handle,
            { context, action, first, second, _, _ in
                guard let context else { return SQLITE_DENY }
                return Unmanaged<Guard>.fromOpaque(context).takeUnretainedValue().decide(action, first, second)
            },
            context
        )
        if guardian.isReader {
            sqlite3_progress_handler(
                handle,
                2000,
                { context in
                    guard let context else { return 0 }
                    let guardian = Unmanaged<Guard>.fromOpaque(context).takeUnretainedValue()
                    return guardian.deadline.hasPassed ? 1 : 0
                },
                context
            )
        } else {
            sqlite3_wal_hook(
                handle,
                { context, _, _, pageCount in
                    guard let context else { return SQLITE_OK }
                    Unmanaged<Guard>.fromOpaque(context).takeUnretainedValue().logPageCount = Int(pageCount)
                    return SQLITE_OK
                },
                context
            )
        }
    }
}

/// SQLite as a library of the process, set up once before its first use.
enum SQLiteLibrary {
    private static let isInitialized: Bool = {
        // Each answers SQLITE_MISUSE, and changes nothing, when somebody else in the process used SQLite before.
        _ = gantry_sqlite_config_multithread()
        _ = gantry_sqlite_config_without_memory_status()
        return sqlite3_initialize() == SQLITE_OK
    }()

    static func initialize() {
        precondition(isInitialized, "SQLite does not start")
    }
}
