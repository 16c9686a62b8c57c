/// One step of a schema: a file `NNNN_name.sql`.
public struct Migration: Sendable, Equatable {
    /// The number in the file's name, counted from 1 without gaps.
    public let version: Int
    /// What follows the number in the file's name.
    public let name: String
    /// The file, as messages name it.
    public let file: String
    /// The engine that the file is for.
    public let engine: MigrationEngine
    /// The statements.
    public let sql: [UInt8]

    /// A migration with its statements.
    public init(version: Int, name: String, file: String, engine: MigrationEngine = .common, sql: [UInt8]) {
        self.version = version
        self.name = name
        self.file = file
        self.engine = engine
        self.sql = sql
    }
}

/// Where a migration stands in one database.
public struct MigrationStatus: Sendable, Equatable {
    /// What became of it.
    public enum State: Sendable, Equatable {
        /// It has not run yet.
        case pending
        /// It has run, at a moment in milliseconds since 1970, for so many milliseconds.
        case applied(atMilliseconds: Int64, durationMilliseconds: Int64)
        /// It has run, but its file was changed since.
        case drifted(appliedChecksum: String, fileChecksum: String)
        /// It has run, but its file is gone.
        case missing
    }

    /// The migration's number.
    public let version: Int
    /// The migration's name.
    public let name: String
    /// What became of it.
    public let state: State
}
