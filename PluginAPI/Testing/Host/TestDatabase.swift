import CGantryTestingSQLite
public import GantryKit

/// A real SQLite in memory behind the tables of a host for tests.
///
/// Statements are refused by the rules of the real host, as far as they hang on the statement alone.
public final class TestDatabase: @unchecked Sendable {
    // Guard: `use` admits one thread at a time to everything below.
    private let handle: OpaquePointer
    private let use = Monitor(false)
    private var refusal: String?
    private var isModules = false
    private var isReading = false

    /// A database with the migrations of `bundle`, for several hosts one after the other.
    package convenience init(_ bundle: TestBundle) throws { try self.init(migrations: bundle.migrations) }

    init(migrations: [(name: String, sql: String)]) throws {
        var handle: OpaquePointer?
        guard sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK,
            let handle
        else { throw TestFailure("SQLite does not open a database in memory") }
        self.handle = handle
        sqlite3_exec(handle, "PRAGMA foreign_keys = ON", nil, nil, nil)
        sqlite3_set_authorizer(handle, Self.authorize, Unmanaged.passUnretained(self).toOpaque())
        for migration in migrations {
            guard sqlite3_exec(handle, migration.sql, nil, nil, nil) == SQLITE_OK else {
                throw TestFailure("\(migration.name): \(message)")
            }
        }
    }

    /// Bytes in use on the process's heap, without those of all databases.
    package static var heapBytesOfOthers: Int { gantry_testing_heap_bytes() }

    deinit { sqlite3_close_v2(handle) }

    // MARK: what tests use

    /// Runs a statement outside of any module.
    public func execute(_ sql: String, _ parameters: SQLValue...) throws { try run(sql, parameters) }

    /// The rows of a statement outside of any module.
    public func rows(_ sql: String, _ parameters: SQLValue...) throws -> [[SQLValue]] { try run(sql, parameters) }

    /// The first column of the first row; nil when there is no row.
    public func value(_ sql: String, _ parameters: SQLValue...) throws -> SQLValue? {
        try run(sql, parameters).first?.first
    }

    /// The first column of the first row as an integer.
    public func int(_ sql: String, _ parameters: SQLValue...) throws -> Int? {
        guard case .integer(let value)? = try run(sql, parameters).first?.first else { return nil }
        return Int(value)
    }

    @discardableResult
    private func run(_ sql: String, _ parameters: [SQLValue]) throws -> [[SQLValue]] {
        try exclusively {
            var rows: [[SQLValue]] = []
            let outcome = parameters.withRaw { raw in
                statement(sql, raw) { columns in
                    rows.append(columns.map(SQLValue.init(raw:)))
                    return Status.ok.rawValue
                }
            }
            guard outcome.status == .ok else { throw TestFailure("\(sql): \(outcome.message)") }
            return rows
        }
    }

    // MARK: what the tables use

    /// What a statement did.
    struct Outcome {
        var status: Status
        var code = 0
        var message = ""
        var changes = 0
    }

    private func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
        _ = use.wait { isUsed -> Bool? in
            guard !isUsed else { return nil }
            isUsed = true
            return true
        }
        defer {
            use.withLock { $0 = false }
            use.broadcast()
        }
        return try body()
    }

    /// Runs `body` in a transaction, `runs` times of which the last counts; `commit` may still refuse it. `finish` is
    /// told the outcome before another transaction begins.
    func transact(
        writes: Bool, runs: Int, _ body: () -> Int32, commit: () -> Status, finish: (Status) -> Void
    ) -> Status {
        exclusively {
            let status = run(writes: writes, runs: runs, body, commit: commit)
            finish(status)
            return status
        }
    }

    private func run(writes: Bool, runs: Int, _ body: () -> Int32, commit: () -> Status) -> Status {
        for run in 1...max(1, runs) {
            sqlite3_exec(handle, "BEGIN", nil, nil, nil)
            (isReading, isModules) = (!writes, true)
            let answer = Status(rawValue: body())
            (isReading, isModules) = (false, false)
            let isLast = run >= runs
            guard answer == .ok, isLast else {
                sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
                if answer == .ok { continue }
                return answer.isFailure ? answer : .failed
            }
            let committed = commit()
            guard committed == .ok, sqlite3_exec(handle, "COMMIT", nil, nil, nil) == SQLITE_OK else {
                sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
                return committed == .ok ? .conflict : committed
            }
        }
        return .ok
    }

    /// Runs one statement; only within `transact`.
    func statement(
        _ sql: String, _ parameters: UnsafeBufferPointer<gantry_value_v1>,
        _ onRow: (UnsafeBufferPointer<gantry_value_v1>) -> Int32
    ) -> Outcome {
        refusal = nil
        var statement: OpaquePointer?
        let prepared = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard prepared == SQLITE_OK else { return failure(prepared) }
        guard let statement else { return Outcome(status: .invalid, message: "there is no statement") }
        defer { sqlite3_finalize(statement) }
        for index in 0..<sqlite3_bind_parameter_count(statement) {
            guard let name = sqlite3_bind_parameter_name(statement, index + 1),
                let number = Int(String(cString: name).dropFirst()), parameters.indices.contains(number - 1)
            else { return Outcome(status: .invalid, message: "a placeholder has no parameter") }
            Self.bind(parameters[number - 1], statement, index + 1)
        }
        let before = sqlite3_total_changes(handle)
        var step = sqlite3_step(statement)
        while step == SQLITE_ROW {
            let columns = (0..<sqlite3_column_count(statement)).map { Self.column(statement, $0) }
            let answer = Status(rawValue: columns.withUnsafeBufferPointer(onRow))
            if answer == .end { break }
            guard answer == .ok else { return Outcome(status: answer.isFailure ? answer : .failed) }
            step = sqlite3_step(statement)
        }
        guard step == SQLITE_DONE || step == SQLITE_ROW else { return failure(step) }
        return Outcome(status: .ok, changes: Int(sqlite3_total_changes(handle) - before))
    }

    private var message: String { refusal ?? String(cString: sqlite3_errmsg(handle)) }

    private func failure(_ code: Int32) -> Outcome {
        let status: Status =
            switch code {
            case _ where refusal != nil: .denied
            case SQLITE_AUTH: .denied
            case SQLITE_CONSTRAINT: .conflict
            case SQLITE_TOOBIG: .limit
            default: .failed
            }
        return Outcome(status: status, code: Int(sqlite3_extended_errcode(handle)), message: message)
    }

    // MARK: SQLite

    private static let deniedFunctions: Set<String> = [
        "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "lsdir", "zipfile", "sqlar_uncompress",
    ]

    private static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?
        ) -> Int32 = { context, action, first, second, _, _ in
            guard let context else { return SQLITE_DENY }
            let database = Unmanaged<TestDatabase>.fromOpaque(context).takeUnretainedValue()
            guard let reason = database.reason(action, first, second) else { return SQLITE_OK }
            database.refusal = reason
            return SQLITE_DENY
        }

    private func reason(_ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?) -> String? {
        guard isModules else { return nil }
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE, SQLITE_READ: return nil
        case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE:
            return isReading ? "a reading transaction changes nothing" : nil
        case SQLITE_FUNCTION:
            let name = second.map { String(cString: $0).lowercased() } ?? ""
            return Self.deniedFunctions.contains(name) ? "the function \(name) reaches outside the database" : nil
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT: return "transactions are begun and ended by the host"
        case SQLITE_ATTACH, SQLITE_DETACH: return "a transaction sees its own database only"
        case SQLITE_PRAGMA: return "pragmas are set by the host"
        default: return "the schema is changed by migrations only"
        }
    }

    private static func bind(_ value: gantry_value_v1, _ statement: OpaquePointer, _ index: Int32) {
        switch UInt32(bitPattern: value.type) {
        case GANTRY_VALUE_INTEGER.rawValue: sqlite3_bind_int64(statement, index, value.integer)
        case GANTRY_VALUE_REAL.rawValue: sqlite3_bind_double(statement, index, value.real)
        case GANTRY_VALUE_TEXT.rawValue:
            _ = gantry_testing_bind_text(statement, index, value.bytes.data, value.bytes.size)
        case GANTRY_VALUE_BLOB.rawValue:
            _ = gantry_testing_bind_blob(statement, index, value.bytes.data, value.bytes.size)
        default: sqlite3_bind_null(statement, index)
        }
    }

    private static func column(_ statement: OpaquePointer, _ index: Int32) -> gantry_value_v1 {
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
            value.bytes.data = sqlite3_column_blob(statement, index)?.assumingMemoryBound(to: UInt8.self)
            value.bytes.size = UInt64(sqlite3_column_bytes(statement, index))
        default: break
        }
        return value
    }
}

extension SQLValue {
    /// A copy of what the interface lends.
    init(raw: gantry_value_v1) {
        switch UInt32(bitPattern: raw.type) {
        case GANTRY_VALUE_INTEGER.rawValue: self = .integer(raw.integer)
        case GANTRY_VALUE_REAL.rawValue: self = .real(raw.real)
        case GANTRY_VALUE_TEXT.rawValue: self = .text(raw.bytes.copy)
        case GANTRY_VALUE_BLOB.rawValue: self = .blob(raw.bytes.copiedBytes)
        default: self = .null
        }
    }
}

extension [SQLValue] {
    /// Lends the values as the interface takes them.
    func withRaw<Result>(_ body: (UnsafeBufferPointer<gantry_value_v1>) -> Result) -> Result {
        let memory = LentMemory()
        let raw = map { value in
            var raw = gantry_value_v1()
            switch value {
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
                raw.bytes = memory.bytes(value)
            }
            return raw
        }
        defer { withExtendedLifetime(memory) {} }
        return raw.withUnsafeBufferPointer(body)
    }
}
