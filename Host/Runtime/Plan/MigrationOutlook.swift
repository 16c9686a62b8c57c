import GantryStore

/// Where one tenant's module stands with its migrations, and what running them would do.
struct MigrationOutlook: Sendable, Equatable {
    /// In one word.
    enum State: String, Sendable {
        /// All have run.
        case current
        /// Some have not run yet.
        case pending
        /// A file was changed after it ran, or the files do not fit together.
        case altered
        /// The database has run more than this build of the module knows.
        case ahead
        /// Nothing can be said of the database.
        case unreadable
    }

    var state: State
    /// How many have run.
    var appliedCount = 0
    /// Those that `apply` would run; also those behind a fault that keeps them from being run.
    var pending: [Migration] = []
    /// What keeps them from being run.
    var message: String?
    /// Who runs them at this moment.
    var holder: MigrationLock.Holder?

    /// Whether they can be run, as far as can be seen.
    var isFit: Bool { state == .current || state == .pending }

    /// What `pending` takes away.
    var destructive: [DestructiveStatement] { pending.flatMap(DestructiveStatement.find) }

}
