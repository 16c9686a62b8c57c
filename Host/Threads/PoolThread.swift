import Glibc

/// A named thread that runs one body.
final class PoolThread: Sendable {
    private let handle: Lock<pthread_t?>

    init(name: String, body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, { Start.run($0) }, start.toOpaque())
        precondition(status == 0, "the system gives no thread: \(String(cString: strerror(status)))")
        handle = Lock(thread)
    }

    deinit {
        // Nobody joined it: let the system clean up when the thread ends.
        if let thread = handle.withLock({ $0.take() }) { pthread_detach(thread) }
    }

    /// Waits for the thread's end. Further calls return at once.
    func join() {
        guard let thread = handle.withLock({ $0.take() }) else { return }
        precondition(pthread_equal(thread, pthread_self()) == 0, "a thread cannot wait for itself")
        pthread_join(thread, nil)
    }
}

private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }

    static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        start.nameThread()
        start.body()
        return nil
    }

    private func nameThread() {
        // pthread_setname_np is hidden from Swift; the kernel takes the name of the calling thread here as well.
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = name.withCString { write(file, $0, min(strlen($0), 15)) }
        close(file)
    }
}
