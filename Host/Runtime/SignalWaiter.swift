import Glibc

/// Waits for the signals that end the host. They are blocked in all threads, so this must be made before any thread.
struct SignalWaiter {
    private var signals = sigset_t()

    init() {
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // A client that leaves while it is being answered must not end the host.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks until one of them comes; gives its name.
    mutating func wait() -> String {
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 {}
        return received == SIGINT ? "SIGINT" : "SIGTERM"
    }
}
