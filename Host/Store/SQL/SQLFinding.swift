/// The engine that a file of SQL is written for.
public enum MigrationEngine: String, Sendable, CaseIterable {
    /// Both: the common subset of SQLite and PostgreSQL.
    case common
    /// SQLite alone: `NNNN_name.sqlite.sql`.
    case sqlite
    /// PostgreSQL alone: `NNNN_name.postgresql.sql`.
    case postgresql
}

/// Something in SQL that does not fit the engines that it is written for.
public struct SQLFinding: Sendable, Equatable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// One of the engines refuses it, or the two do different things.
        case error
        /// It may do different things, depending on the data.
        case warning
    }

    /// The rule's name, such as `autoincrement`.
    public let rule: String
    /// How bad it is.
    public let severity: Severity
    /// The file, as messages name it.
    public let file: String
    /// The line, counted from 1.
    public let line: Int
    /// The column in bytes, counted from 1.
    public let column: Int
    /// What is wrong.
    public let message: String
    /// What to write instead.
    public let advice: String

    /// `file:line:column: message advice [rule]`.
    public var description: String { "\(file):\(line):\(column): \(severity): \(message) \(advice) [\(rule)]" }
}
