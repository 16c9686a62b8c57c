import GantryThreads
import Glibc

/// SIGINT and SIGTERM as something that a command can wait for beside other things. Made once, before any other thread;
/// the signals stay blocked for the rest of the process.
public struct CommandSignals: Sendable {
    /// Readable when one has come.
    public let descriptor: Int32

    /// Takes the signals from now on. Throws `AuthoringError`.
    public init() throws(AuthoringError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw AuthoringError(.notStarted, "There is no pipe to be had: \(String(cString: strerror(errno))).")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        descriptor = ends[0]
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let told = ends[1]
        DetachedThread.start {
            var set = Self.set
            var received: Int32 = 0
            while sigwait(&set, &received) != 0 {}
            close(told)
        }
    }

    /// Whether one has come, without waiting for longer than `milliseconds`.
    public func hasCome(withinMilliseconds milliseconds: Int32 = 0) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, milliseconds) > 0
    }

    /// Waits for the program to end; one that is still there when a signal comes is told to end.
    public func wait(for process: ChildProcess) -> ChildProcess.Outcome {
        while true {
            if let outcome = process.outcome(waiting: false) { return outcome }
            if hasCome(withinMilliseconds: 20) {
                kill(process.id, SIGTERM)
                return process.outcome(waiting: true) ?? .none
            }
        }
    }

    private static var set: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }
}
