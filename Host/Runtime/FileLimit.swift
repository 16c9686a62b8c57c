import Glibc

/// How many files the process may have open at the same time.
enum FileLimit {
    /// A database in use has a writer and a few readers, each with the file and its log, and shared memory once.
    private static let filesForDatabase = 7

    /// The limit that holds now.
    static var current: Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the limit as far as the system lets a process do that by itself. The common low limit exists for
    /// programs that use `select`, which this one does not.
    static func raise() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// How many databases may be open beside the connections of clients.
    static var databaseCount: Int { current / 2 / filesForDatabase }
}
