import GantryJSON
import GantryThreads
import Glibc

/// SIGINT and SIGTERM, which end the host, and SIGHUP, which lets it look at its files. They are blocked in all threads
/// and taken by one of their own, so that they also break off a start. A second SIGINT ends the process at once: who
/// presses Ctrl-C twice does not want to wait.
final class StopSignals: Sendable {
    private let first = Monitor<String?>(nil)
    private let reload = Lock<(@Sendable () -> Void)?>(nil)

    /// Must be made before any other thread.
    init() {
        var signals = Self.set
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // A client that leaves while it is being answered must not end the host.
        signal(SIGPIPE, SIG_IGN)
        DetachedThread.start { [self] in
            var interruptCount = 0
            while true {
                let name = Self.next()
                if name == "SIGHUP" {
                    reload.withLock { $0 }?()
                    continue
                }
                if name == "SIGINT" { interruptCount += 1 }
                first.withLock { $0 = $0 ?? name }
                first.broadcast()
                if interruptCount > 1 { Self.endAtOnce() }
            }
        }
    }

    /// The first that came; nil while none has.
    var received: String? { first.withLock { $0 } }

    /// Ends the host as a signal would.
    func stop(because reason: String) {
        first.withLock { $0 = $0 ?? reason }
        first.broadcast()
    }

    /// Names what is done at SIGHUP; until then nothing is.
    func setReload(_ body: @escaping @Sendable () -> Void) { reload.withLock { $0 = body } }

    /// Blocks until one that ends the host comes; gives its name.
    func wait() -> String { first.wait { $0 } ?? "" }

    private static var set: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGHUP)
        return signals
    }

    private static let names = [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"]

    private static func next() -> String {
        var signals = set
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 {}
        return names[received] ?? ""
    }

    /// Nothing that was acknowledged is lost: it is on the disk already.
    private static func endAtOnce() {
        var line = JSONWriter()
        line.beginObject()
        line.key("timestamp")
        line.timestamp(milliseconds: systemWallClock())
        line.key("level")
        line.string("warning")
        line.key("message")
        line.string("A second SIGINT: ended without draining.")
        line.endObject()
        let bytes = line.bytes + [UInt8(ascii: "\n")]
        _ = write(2, bytes, bytes.count)
        _exit(128 + SIGINT)
    }
}
