import GantryThreads
import Glibc

/// The one thread that starts workers and watches them. The system kills a worker when the thread that started it ends,
/// so this one lives as long as the process.
final class WorkerReactor: Sendable {
    /// Something that is watched by a descriptor which becomes readable when there is something to see.
    protocol Watched: AnyObject, Sendable {
        /// Readable when there is something to see; asked once for each round.
        var descriptors: [Int32] { get }
        /// Looks; false when there is nothing to watch any more.
        func look() -> Bool
    }

    static let shared = WorkerReactor()

    private struct State {
        var jobs: [Job] = []
        var watched: [any Watched] = []
        var isRunning = false
    }

    /// How often workers are looked at that say nothing.
    private static let pauseMilliseconds: Int32 = 100

    private let state = Lock(State())
    private let wakeRead: Int32
    private let wakeWrite: Int32

    private init() {
        var ends: [Int32] = [-1, -1]
        let status = pipe(&ends)
        precondition(status == 0, "the system gives no pipe: \(String(cString: strerror(errno)))")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (wakeRead, wakeWrite) = (ends[0], ends[1])
    }

    /// Runs the job on the thread.
    func submit(_ job: @escaping Job) {
        let starts = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { return DetachedThread.start { [self] in run() } }
        wake()
    }

    /// Watches from now on; on the thread itself.
    func watch(_ watched: any Watched) { state.withLock { $0.watched.append(watched) } }

    /// Has all that is watched looked at soon.
    func wake() {
        var byte: UInt8 = 0
        // A full pipe wakes as well.
        _ = write(wakeWrite, &byte, 1)
    }

    private func run() {
        while true {
            let (jobs, watched) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.watched)
            }
            for job in jobs { job() }
            if jobs.isEmpty {
                wait(for: watched)
                look(at: watched)
            }
        }
    }

    private func wait(for watched: [any Watched]) {
        var polls = ([wakeRead] + watched.flatMap(\.descriptors)).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        _ = poll(&polls, nfds_t(polls.count), watched.isEmpty ? -1 : Self.pauseMilliseconds)
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(wakeRead, &bytes, bytes.count) == bytes.count {}
    }

    private func look(at watched: [any Watched]) {
        let over = watched.filter { !$0.look() }
        if over.isEmpty { return }
        state.withLock { state in state.watched.removeAll { one in over.contains { $0 === one } } }
    }
}
