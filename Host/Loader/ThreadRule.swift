import Glibc

/// Whether the calling thread may wait. Event loops, short work and the host's callbacks mark the time in which they
/// are inside a module; functions of the interface that wait answer `GANTRY_E_THREAD` then.
public enum ThreadRule {
    /// Counts in the thread's own memory how many such times are nested.
    private static let depth = key()
    /// Counts in the same way the transactions whose bodies the thread runs.
    private static let transactions = key()

    private static func key() -> pthread_key_t {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "The system has no key for threads left.")
        return key
    }

    /// Whether the calling thread may wait.
    static var mayWait: Bool { pthread_getspecific(depth) == nil }

    /// Whether the calling thread runs the body of a transaction.
    static var isInTransaction: Bool { pthread_getspecific(transactions) != nil }

    /// Runs what must not wait.
    public static func withoutWaiting<Result>(_ body: () -> Result) -> Result { counting(depth, body) }

    /// Runs the body of a transaction, which calls nothing but the database.
    static func inTransaction<Result>(_ body: () -> Result) -> Result {
        counting(transactions) { withoutWaiting(body) }
    }

    private static func counting<Result>(_ key: pthread_key_t, _ body: () -> Result) -> Result {
        let before = pthread_getspecific(key)
        pthread_setspecific(key, UnsafeRawPointer(bitPattern: UInt(bitPattern: before) + 1))
        defer { pthread_setspecific(key, before) }
        return body()
    }

    /// The same in two halves, for what calls before and after: the thread goes on to run what must not wait, or has.
    static func note(isBrief begins: Bool) {
        let before = UInt(bitPattern: pthread_getspecific(depth))
        pthread_setspecific(depth, UnsafeRawPointer(bitPattern: begins ? before + 1 : before - 1))
    }
}
