import CSQLite
import Glibc

extension StoreError {
    /// The error behind a result code of SQLite, with the connection's message for it.
    init(sqlite code: Int32, on database: OpaquePointer?, doing work: String) {
        let detail: String
        var systemError: Int32 = 0
        if let database, sqlite3_errcode(database) & 0xFF == code & 0xFF {
            detail = String(cString: sqlite3_errmsg(database))
            systemError = sqlite3_system_errno(database)
        } else {
            detail = String(cString: sqlite3_errstr(code))
        }
        let system = systemError == 0 ? "" : " (\(String(cString: strerror(systemError))))"
        self.init(
            Self.kind(of: code, systemError: systemError),
            "\(work): \(detail)\(system)",
            extendedCode: code
        )
    }

    /// Whether nothing more can come of the transaction in which it happened.
    var endsTransaction: Bool {
        switch extendedCode & 0xFF {
        case SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_INTERRUPT, SQLITE_BUSY:
            code != .aborted
        default:
            false
        }
    }

    private static func kind(of code: Int32, systemError: Int32) -> Code {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: .conflict
        case SQLITE_AUTH, SQLITE_PERM: .denied
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_INTERRUPT: .cancelled
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_READONLY: .readOnly
        case SQLITE_FULL: .diskFull
        case SQLITE_MISUSE, SQLITE_RANGE: .misuse
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT || systemError == EFBIG: .diskFull
        case SQLITE_CANTOPEN, SQLITE_IOERR:
            systemError == EACCES || systemError == EROFS || systemError == EPERM ? .readOnly : .failed
        default: .failed
        }
    }
}
