import CGantry
import CSQLite
import GantryKit
import GantryThreads
import Synchronization

/// A host whose database is a real SQLite in memory, with a clock that the test sets. Its tables find it by the
/// instance in the call.
final class SQLiteHost: Sendable {
    struct Answer: Sendable {
        var status = 0
        var body = ""
        var reason = ""
        var message = ""
        var findings: [Finding] = []
    }

    struct Published: Sendable {
        let type: String
        let key: String
        let data: String
    }

    struct State: Sendable {
        var answer: Answer?
        var published: [Published] = []
        var jobs: [(name: String, payload: String)] = []
        /// What belongs to the transaction under way.
        var pendingPublished: [Published] = []
        var pendingJobs: [(name: String, payload: String)] = []
        var now: Int64 = 1_781_500_000_000
        var isCancelled = false
        /// Commits of writing transactions until one fails, as if the process died before it; nil for never.
        var commitsUntilFailure: Int?
        /// Whether each body is run twice, the first time undone.
        var runsTwice = false
        var counter: UInt64 = 0
    }

    let state = Lock(State())
    let id: UInt64
    private let database: Database
    private static let lastID = Atomic<UInt64>(0)
    private static let hosts = Lock<[UInt64: SQLiteHost]>([:])

    /// The connection; used by one thread at a time, the one that holds `writer`.
    private struct Database: @unchecked Sendable {
        let handle: OpaquePointer
        let writer = MutexBox()
    }

    private final class MutexBox: Sendable {
        let lock = Lock(())
    }

    /// Creates a host whose database has had the SQL of `migrations`.
    init(migrations: [String]) throws {
        var handle: OpaquePointer?
        guard sqlite3_open(":memory:", &handle) == SQLITE_OK, let handle else {
            throw HostError(.failed, message: "no database")
        }
        database = Database(handle: handle)
        // Tests run side by side: counting the hosts would give two of them one id.
        id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        Self.hosts.withLock { [self] hosts in hosts[id] = self }
        for migration in migrations {
            guard sqlite3_exec(handle, migration, nil, nil, nil) == SQLITE_OK else {
                throw HostError(.failed, message: String(cString: sqlite3_errmsg(handle)))
            }
        }
    }

    deinit {
        sqlite3_close(database.handle)
    }

    static func find(_ id: UInt64) -> SQLiteHost? {
        hosts.withLock { $0[id] }
    }

    func set(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
    }

    /// The published events of one type.
    func events(_ type: String) -> [JSONDocument] {
        state.withLock { $0.published }.filter { $0.type == type }.compactMap { try? JSONDocument($0.data) }
    }

    /// The first column of the first row, for assertions on what is stored.
    func value(_ sql: String) -> Int64? {
        var value: Int64?
        _ = run(sql, []) { columns in
            value = columns[0].type == Int32(GANTRY_VALUE_REAL.rawValue) ? Int64(columns[0].real) : columns[0].integer
            return 0
        }
        return value
    }

    /// Runs a statement outside any module.
    func execute(_ sql: String) {
        _ = run(sql, []) { _ in 0 }
    }

    func transact(writes: Bool, _ body: @Sendable (UInt64) -> Int32) -> Int32 {
        database.writer.lock.withLock { _ in
            let runs = state.withLock { $0.runsTwice } ? 2 : 1
            for run in 1...runs {
                state.withLock { state in
                    state.pendingPublished = []
                    state.pendingJobs = []
                }
                sqlite3_exec(database.handle, "BEGIN", nil, nil, nil)
                let status = body(1)
                guard status == 0, run == runs, !writes || commits() else {
                    sqlite3_exec(database.handle, "ROLLBACK", nil, nil, nil)
                    if status == 0, run < runs { continue }
                    return status == 0 ? Status.failed.rawValue : status
                }
                sqlite3_exec(database.handle, "COMMIT", nil, nil, nil)
                state.withLock { state in
                    state.published += state.pendingPublished
                    state.jobs += state.pendingJobs
                }
            }
            return Status.ok.rawValue
        }
    }

    private func commits() -> Bool {
        state.withLock { state in
            guard let left = state.commitsUntilFailure else { return true }
            state.commitsUntilFailure = max(0, left - 1)
            return left > 0
        }
    }

    /// Runs a statement; the status and the number of changed rows.
    func run(
        _ sql: String, _ parameters: [gantry_value_v1], _ onRow: ([gantry_value_v1]) -> Int32
    ) -> (status: Int32, changes: Int, message: String) {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(database.handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            return (Status.failed.rawValue, 0, String(cString: sqlite3_errmsg(database.handle)))
        }
        defer { sqlite3_finalize(statement) }
        for index in 1...max(1, sqlite3_bind_parameter_count(statement)) {
            guard let name = sqlite3_bind_parameter_name(statement, index),
                let number = Int(String(cString: name).dropFirst()), parameters.indices.contains(number - 1)
            else { continue }
            bind(parameters[number - 1], statement, index)
        }
        var step = sqlite3_step(statement)
        while step == SQLITE_ROW {
            let columns = (0..<sqlite3_column_count(statement)).map { column(statement, $0) }
            let status = onRow(columns)
            guard status == 0 else { return (status, 0, "") }
            step = sqlite3_step(statement)
        }
        guard step == SQLITE_DONE else {
            let status = step == SQLITE_CONSTRAINT ? Status.conflict : Status.failed
            return (status.rawValue, 0, String(cString: sqlite3_errmsg(database.handle)))
        }
        return (0, Int(sqlite3_changes(database.handle)), "")
    }

    private func bind(_ value: gantry_value_v1, _ statement: OpaquePointer, _ index: Int32) {
        switch UInt32(value.type) {
        case GANTRY_VALUE_INTEGER.rawValue: sqlite3_bind_int64(statement, index, value.integer)
        case GANTRY_VALUE_REAL.rawValue: sqlite3_bind_double(statement, index, value.real)
        case GANTRY_VALUE_TEXT.rawValue:
            _ = gantry_sqlite_bind_text(statement, index, value.bytes.data, value.bytes.size)
        case GANTRY_VALUE_BLOB.rawValue:
            _ = gantry_sqlite_bind_blob(statement, index, value.bytes.data, value.bytes.size)
        default: sqlite3_bind_null(statement, index)
        }
    }

    private func column(_ statement: OpaquePointer, _ index: Int32) -> gantry_value_v1 {
        var value = gantry_value_v1()
        switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER:
            value.type = Int32(GANTRY_VALUE_INTEGER.rawValue)
            value.integer = sqlite3_column_int64(statement, index)
        case SQLITE_FLOAT:
            value.type = Int32(GANTRY_VALUE_REAL.rawValue)
            value.real = sqlite3_column_double(statement, index)
        case SQLITE_TEXT:
            value.type = Int32(GANTRY_VALUE_TEXT.rawValue)
            value.bytes.data = sqlite3_column_text(statement, index)
            value.bytes.size = UInt64(sqlite3_column_bytes(statement, index))
        case SQLITE_BLOB:
            value.type = Int32(GANTRY_VALUE_BLOB.rawValue)
            let start = sqlite3_column_blob(statement, index)
            value.bytes.data = start?.assumingMemoryBound(to: UInt8.self)
            value.bytes.size = UInt64(sqlite3_column_bytes(statement, index))
        default: break
        }
        return value
    }
}
