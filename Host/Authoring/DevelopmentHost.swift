import GantryThreads
import Glibc

/// A host in a process of its own, for one author: its log is told line by line, and it ends with the process that
/// started it.
public final class DevelopmentHost: Sendable {
    private struct State {
        var address: String?
        var hasEnded = false
    }

    private let process: ChildProcess
    private let state = Monitor(State())
    /// Readable when the host has ended.
    public let endDescriptor: Int32

    /// Starts a host.
    /// - Parameters:
    ///   - deployment: The deployment file.
    ///   - data: The data folder.
    ///   - listen: HOST:PORT; port 0 takes any that is free.
    ///   - tell: Takes each line of its log, on a thread of its own.
    public init(
        deployment: String, data: String, listen: String, tell: @escaping @Sendable (HostLine) -> Void
    ) throws(AuthoringError) {
        let log = try Self.pipe()
        let life = try Self.pipe()
        endDescriptor = life.read
        defer { close(log.write) }
        let serve = [AuthorKit.executablePath, "serve", "--deployment", deployment, "--data", data, "--listen", listen]
        do {
            // Answers are held against the contract, since an author wants to know.
            process = try ChildProcess(
                Self.deathTogether + serve, environment: ["ENVIRONMENT": "test"], output: .errors(log.write),
                ownGroup: true)
        } catch {
            for descriptor in [log.read, life.read, life.write] { close(descriptor) }
            throw error
        }
        DetachedThread.start { [state] in
            Self.readLines(log.read) { text in
                let line = HostLine(text)
                if line.message == "Gantry serves." { state.withLock { $0.address = line.address } }
                state.broadcast()
                tell(line)
            }
            close(log.read)
            state.withLock { $0.hasEnded = true }
            state.broadcast()
            close(life.write)
        }
    }

    deinit { close(endDescriptor) }

    /// The address once it serves; nil when it has ended instead. Blocks.
    public func waitUntilServing() -> String? {
        state.wait { $0.hasEnded ? .some(nil) : $0.address.map { .some($0) } } ?? nil
    }

    /// Whether it has ended by itself.
    public var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Lets it drain and end, and waits for that; gives how it ended. Once.
    @discardableResult
    public func stop() -> ChildProcess.Outcome {
        kill(process.id, SIGTERM)
        let outcome = process.outcome(waiting: true) ?? ChildProcess.Outcome(status: 0)
        _ = state.wait(until: .after(.seconds(5))) { $0.hasEnded ? true : nil }
        return outcome
    }

    /// The kernel ends the host when this process ends, however it ends; without the program it outlives a SIGKILL.
    private static let deathTogether: [String] = {
        let program = "/usr/bin/setpriv"
        return access(program, X_OK) == 0 ? [program, "--pdeathsig", "TERM", "--"] : []
    }()

    private static func pipe() throws(AuthoringError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else {
            throw AuthoringError(.notStarted, "There is no pipe to be had: \(String(cString: strerror(errno))).")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func readLines(_ descriptor: Int32, _ tell: (String) -> Void) {
        var pending: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            pending += chunk[..<count]
            while let end = pending.firstIndex(of: 10) {
                tell(String(decoding: pending[..<end], as: UTF8.self))
                pending.removeFirst(end + 1)
            }
        }
        if !pending.isEmpty { tell(String(decoding: pending, as: UTF8.self)) }
    }
}
