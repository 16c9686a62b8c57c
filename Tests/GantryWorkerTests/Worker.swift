import GantryThreads
import Glibc
import TestCommands
import Testing
import WorkerProbe

/// A real worker with one of the probe's modules, and a host of the probe's own.
final class Worker {
    static let compiler = Command.first(of: ["cc", "gcc", "clang"])
    static let whyWithout: Comment = "No C compiler (cc, gcc or clang) is installed, so no module can be built."
    private static let root = TestFiles.repository()

    let prober: OpaquePointer
    private let folder: TemporaryFolder?

    /// The operations of the module `various`.
    enum Operation: UInt32 {
        case hello, rows, loop, crash, large, deep, threads, work, watches, others, memory, files, twice
    }

    /// Compiles the module and starts a worker for it.
    convenience init(_ module: String, _ settings: prober_settings = prober_settings()) throws {
        let folder = TemporaryFolder()
        let library = "\(folder.path)/module.so"
        let outcome = Command.run([
            try #require(Self.compiler), "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared",
            "-pthread", "-I\(Self.root)/PluginAPI/C/include", "-o", library,
            "\(Self.root)/Tests/Support/WorkerProbe/modules/\(module).c",
        ])
        try #require(outcome.succeeded, "\(outcome.output)")
        self.init(library: library, settings, folder: folder)
        #expect(prober_status(prober) == 0, "\(reason)")
    }

    /// Starts a worker for a library, whatever becomes of it.
    init(library: String, _ settings: prober_settings = prober_settings(), folder: TemporaryFolder? = nil) {
        var settings = settings
        self.folder = folder
        prober = prober_start(TestFiles.builtProgram("gantry-worker"), library, &settings)
    }

    /// Why the channel is over.
    var reason: String { String(cString: prober_reason(prober)) }
    /// What the module has written and answered since the last look.
    var taken: String { String(cString: prober_taken(prober)) }

    /// A request; the status that the module, or the channel, has answered.
    func handle(_ operation: Operation, _ body: [UInt8] = [], deadlineMilliseconds: Int64 = 0) -> Int32 {
        handle(operation.rawValue, body, deadlineMilliseconds: deadlineMilliseconds)
    }

    func handle(_ operation: UInt32, _ body: [UInt8], deadlineMilliseconds: Int64 = 0) -> Int32 {
        body.withUnsafeBytes { bytes in
            prober_handle(
                prober, operation, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(bytes.count),
                deadlineMilliseconds)
        }
    }

    /// A quick call, which is not waited for: whether the channel has taken it.
    func post(_ operation: Operation, _ body: [UInt8] = []) -> Int32 {
        body.withUnsafeBytes { bytes in
            prober_post(
                prober, operation.rawValue, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(bytes.count),
                0
            )
        }
    }

    /// Waits until so many quick calls have ended; how.
    func awaitPosts(_ count: UInt64) -> prober_posts {
        while true {
            let posts = prober_posted(prober)
            if posts.done + posts.failed >= count { return posts }
            sched_yield()
        }
    }

    /// The same on a thread of its own, which the test may have to break off.
    func begin(_ operation: Operation) -> PendingCall {
        let call = PendingCall()
        nonisolated(unsafe) let prober = prober  // The prober's functions may be called on any thread.
        DetachedThread.start {
            let status = prober_handle(prober, operation.rawValue, nil, 0, 0)
            call.status.withLock { $0 = status }
            call.status.signal()
        }
        return call
    }

    /// Waits until so many calls of the host are under way.
    func awaitCalls(_ count: UInt32) {
        while prober_count(prober).busy_lanes < count { sched_yield() }
    }

    /// Ends everything; the worker's exit status.
    @discardableResult
    func end() -> Int32 { prober_end(prober) }
}

/// A call on another thread.
final class PendingCall: Sendable {
    fileprivate let status = Monitor<Int32?>(nil)

    /// Waits for its end.
    func wait() -> Int32 { status.wait { $0 } ?? .max }
}
