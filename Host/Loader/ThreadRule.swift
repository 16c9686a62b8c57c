import Glibc

/// Whether the calling thread may wait. Event loops, short work and the host's callbacks mark the time in which they
/// are inside a module; functions of the interface that wait answer `GANTRY_E_THREAD` then.
public enum ThreadRule {
    /// Counts in the thread's own memory how many such times are nested.
    private static let depth: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "The system has no key for threads left.")
        return key
    }()

    /// Whether the calling thread may wait.
    static var mayWait: Bool { pthread_getspecific(depth) == nil }

    /// Runs what must not wait.
    public static func withoutWaiting<Result>(_ body: () -> Result) -> Result {
        let before = pthread_getspecific(depth)
        pthread_setspecific(depth, UnsafeRawPointer(bitPattern: UInt(bitPattern: before) + 1))
        defer { pthread_setspecific(depth, before) }
        return body()
    }
}
