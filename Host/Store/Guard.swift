import CSQLite
import GantryThreads

/// What SQLite's callbacks of one connection look at: who the running statement belongs to, and how long it may take.
///
/// It belongs to its connection and is touched only by the thread that uses the connection.
final class Guard {
    /// Whose statement is being prepared or run; nil for the transaction statements of the connection itself.
    var privilege: Privilege?
    /// Whether the connection only reads.
    let isReader: Bool
    /// When a reading statement ends at the latest. Never used for writers: an interrupt would end the whole group.
    var deadline = Deadline.never
    /// Why the authorizer refused the last time.
    var refusal: String?
    /// Pages in the write-ahead log after the last commit.
    var logPageCount = 0

    init(isReader: Bool) {
        self.isReader = isReader
    }

    /// Functions that reach outside the database or into SQLite.
    private static let deniedFunctions: Set<String> = [
        "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "lsdir", "zipfile", "sqlar_uncompress",
        "sqlite_compileoption_get", "sqlite_compileoption_used", "sqlite_log",
    ]
    private static let allowedVirtualTables: Set<String> = ["fts5", "fts4", "rtree", "rtree_i32"]

    /// Decides on one action of a statement that is being prepared; a refusal is remembered with its reason.
    func decide(_ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?) -> Int32 {
        guard let privilege, let reason = reasonToRefuse(action, first, second, privilege) else { return SQLITE_OK }
        refusal = reason
        return SQLITE_DENY
    }

    private func reasonToRefuse(
        _ action: Int32,
        _ first: UnsafePointer<CChar>?,
        _ second: UnsafePointer<CChar>?,
        _ privilege: Privilege
    ) -> String? {
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE:
            return nil
        case SQLITE_READ:
            return Self.isHosts(first) && privilege != .host ? Self.hostsTable(first) : nil
        case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE:
            // Readers are kept from this by query_only when it comes to it: full-text search compiles its changes
            // already to read.
            if privilege == .host { return nil }
            if Self.isHosts(first) { return Self.hostsTable(first) }
            // SQLite itself refuses whoever writes its schema directly, and asks here when it declares a virtual
            // table to a module that only reads. Its other tables are written by a change of the schema.
            if Self.string(first) == "sqlite_master" { return nil }
            return privilege == .module && Self.has(first, prefix: "sqlite_") ? Self.schemaIsMigrated : nil
        case SQLITE_FUNCTION:
            let name = Self.string(second).lowercased()
            return Self.deniedFunctions.contains(name) ? "the function \(name) reaches outside the database" : nil
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT:
            return "transactions are begun and ended by the host"
        case SQLITE_ATTACH, SQLITE_DETACH:
            return "a transaction sees its own database only"
        case SQLITE_PRAGMA:
            // Full-text search asks for this one by itself.
            let isHarmless = Self.string(first).lowercased() == "data_version" && second == nil
            return isHarmless || privilege == .host ? nil : "pragmas are set by the host"
        default:
            return schemaReason(action, first, second, privilege)
        }
    }

    private func schemaReason(
        _ action: Int32,
        _ first: UnsafePointer<CChar>?,
        _ second: UnsafePointer<CChar>?,
        _ privilege: Privilege
    ) -> String? {
        if isReader { return "a reading transaction changes nothing" }
        if privilege == .host { return nil }
        guard privilege == .migration else { return Self.schemaIsMigrated }
        switch action {
        case SQLITE_CREATE_TEMP_INDEX, SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_TRIGGER, SQLITE_CREATE_TEMP_VIEW,
            SQLITE_DROP_TEMP_INDEX, SQLITE_DROP_TEMP_TABLE, SQLITE_DROP_TEMP_TRIGGER, SQLITE_DROP_TEMP_VIEW:
            return "temporary objects would outlive the transaction"
        case SQLITE_CREATE_VTABLE where !Self.allowedVirtualTables.contains(Self.string(second).lowercased()):
            return "virtual tables of the kind \(Self.string(second)) are not offered"
        default:
            return Self.isHosts(first) || Self.isHosts(second) ? Self.hostsTable(first) : nil
        }
    }

    private static let schemaIsMigrated = "the schema is changed by migrations only"

    private static func hostsTable(_ name: UnsafePointer<CChar>?) -> String {
        "\(string(name)) belongs to the host"
    }

    private static func isHosts(_ name: UnsafePointer<CChar>?) -> Bool {
        has(name, prefix: "gantry_")
    }

    private static func has(_ name: UnsafePointer<CChar>?, prefix: StaticString) -> Bool {
        guard let name else { return false }
        let start = UnsafeRawPointer(prefix.utf8Start).assumingMemoryBound(to: CChar.self)
        return sqlite3_strnicmp(name, start, Int32(prefix.utf8CodeUnitCount)) == 0
    }

    private static func string(_ text: UnsafePointer<CChar>?) -> String {
        text.map { String(cString: $0) } ?? ""
    }
}
