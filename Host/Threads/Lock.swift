public import Glibc

/// A value that one thread at a time may touch, guarded by a mutex of the C library.
///
/// It is used like `Synchronization.Mutex` and stands in its place for two reasons. ThreadSanitizer cannot see into
/// that one, whose slow path lies in a library that is not instrumented, so it reports what is guarded well. And
/// under contention that one spins and then takes a futex with priority inheritance, which hands it from sleeper to
/// sleeper; this one spins briefly and then sleeps. With nothing to do inside it takes 13 ns instead of 5, with
/// four threads that hold it for 800 ns each 1.6 µs instead of 16 µs; see `Documentation/Decisions/0009-locks.md`.
///
/// The value and the mutex share one allocation, made by `init` and freed by `deinit`. Any thread may use a lock;
/// taking it again inside of `withLock` on the same thread is a bug, which traps in a debug build and waits for
/// ever in another.
public struct Lock<State>: ~Copyable, @unchecked Sendable {
    // Guard: `mutex` protects what `state` points to; the pointers never change.
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let state: UnsafeMutablePointer<State>

    /// A lock over an initial value.
    public init(_ state: consuming sending State) {
        let alignment = max(MemoryLayout<State>.alignment, MemoryLayout<pthread_mutex_t>.alignment)
        let offset = (MemoryLayout<pthread_mutex_t>.size + alignment - 1) / alignment * alignment
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: offset + MemoryLayout<State>.size, alignment: alignment)
        mutex = memory.initializeMemory(as: pthread_mutex_t.self, to: pthread_mutex_t())
        self.state = (memory + offset).initializeMemory(as: State.self, to: state)
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Self.mutexType)
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        state.deinitialize(count: 1)
        pthread_mutex_destroy(mutex)
        UnsafeMutableRawPointer(mutex).deallocate()
    }

    /// A debug build pays for finding out that a thread takes what it already holds; see the decision for the price.
    private static var mutexType: Int32 {
        #if DEBUG
            Int32(PTHREAD_MUTEX_ERRORCHECK)
        #else
            Int32(PTHREAD_MUTEX_ADAPTIVE_NP)
        #endif
    }

    /// Runs `body` with the value, alone, and returns what it returns or throws what it throws.
    @inlinable
    public borrowing func withLock<Result, Failure>(
        _ body: (inout sending State) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        let status = pthread_mutex_lock(mutex)
        precondition(status == 0, "a thread takes a lock that it already holds")
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state.pointee)
    }
}
