import Glibc

/// A `Lock` with a condition on which threads wait until the value suits them.
public final class Monitor<State>: @unchecked Sendable {
    // Guard: `lock` protects the value; the condition's pointer never changes. The methods copy the value's pointer
    // first: for ThreadSanitizer an `inout` access through `lock` would be one that changes `lock`.
    private let lock: Lock<State>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// A monitor over an initial value.
    public init(_ state: consuming sending State) {
        lock = Lock(state)
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    /// Runs `body` with the value, alone.
    public func withLock<Result, Failure>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(lock.mutex)
        defer { pthread_mutex_unlock(lock.mutex) }
        let state = lock.state
        return try body(&state.pointee)
    }

    /// Waits until `body` answers a value, which is returned, or until the deadline has passed (nil).
    ///
    /// `body` is asked at once and after every signal, with the lock held.
    public func wait<Result>(until deadline: Deadline = .never, _ body: (inout State) -> Result?) -> Result? {
        pthread_mutex_lock(lock.mutex)
        defer { pthread_mutex_unlock(lock.mutex) }
        let state = lock.state
        while true {
            if let result = body(&state.pointee) { return result }
            if deadline == .never {
                pthread_cond_wait(condition, lock.mutex)
            } else {
                var time = deadline.timespecification
                if pthread_cond_timedwait(condition, lock.mutex, &time) == ETIMEDOUT {
                    return body(&state.pointee)
                }
            }
        }
    }

    /// Wakes one waiting thread.
    public func signal() {
        pthread_cond_signal(condition)
    }

    /// Wakes all waiting threads.
    public func broadcast() {
        pthread_cond_broadcast(condition)
    }
}
