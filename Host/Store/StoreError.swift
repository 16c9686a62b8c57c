/// Why the store refused or failed.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is, as far as a caller can act on it.
    public enum Code: Sendable, Equatable {
        /// A constraint refused the change.
        case conflict
        /// The statement may not be used here.
        case denied
        /// Another process holds the database, or too many writers wait; try again.
        case busy
        /// The deadline passed or the database was closed before the work was done.
        case cancelled
        /// The file is damaged or is no database.
        case corrupt
        /// The file or its folder cannot be written.
        case readOnly
        /// The disk, or the database's own limit of size, is full.
        case diskFull
        /// SQLite does not understand the statement.
        case syntax
        /// The store is used wrongly: wrong parameters, a transaction that is over, a write inside a write.
        case misuse
        /// The body ended the transaction with a status of its own, which is the `extendedCode`.
        case aborted
        /// The migrations do not fit the database, or another process runs them.
        case migration(MigrationFault)
        /// Anything else.
        case failed
    }

    /// What kind of failure it is.
    public let code: Code
    /// SQLite's extended result code, the body's own status for `aborted`, else 0.
    public let extendedCode: Int32
    /// What happened, for whoever wrote the statement or runs the host. Parameters' values are never in it.
    public let message: String

    /// An error of a kind, with its message.
    public init(_ code: Code, _ message: String, extendedCode: Int32 = 0) {
        self.code = code
        self.message = message
        self.extendedCode = extendedCode
    }

    /// What a body throws to undo its transaction with a status of its own.
    public static func aborted(status: Int32) -> StoreError {
        StoreError(.aborted, "the transaction was ended with status \(status)", extendedCode: status)
    }

    /// Kind and message.
    public var description: String { "\(code): \(message)" }
}
