/// What the statements of a transaction may do.
public enum Privilege: Sendable {
    /// Reads and changes of a module's own tables.
    case module
    /// What a module may, and changes of its schema.
    case migration
    /// The host's own statements: also the tables named `gantry_…`.
    case host
}
