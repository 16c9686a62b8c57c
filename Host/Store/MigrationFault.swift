/// Why migrations are not run although each of them might succeed.
public enum MigrationFault: String, Sendable, Equatable {
    /// A file's name is not one of a migration, or its text cannot be one.
    case file
    /// A number is missing between two files.
    case gap
    /// Two files have one number.
    case duplicate
    /// A file came late: a higher number ran before it.
    case order
    /// A file was changed after it ran.
    case drift
    /// The database is ahead of the bundle.
    case ahead
    /// The engine that is used has no file of that number.
    case engine
    /// Another process runs the migrations of this database.
    case locked
    /// It would leave rows that point to no row.
    case foreignKeys
    /// There is no such restore point, or it is damaged.
    case restorePoint
}
