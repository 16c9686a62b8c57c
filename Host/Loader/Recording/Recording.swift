import CGantry
import CGantryProxy
import GantryCore
import GantryCryptography
import GantryThreads
import Glibc

/// What crosses the border of one module for one tenant, kept in a file for a while; one at a time in a process.
///
/// While it goes on, one instance is made through the proxy, so that each call of either side is bytes, which are
/// redacted and written here. Instances of other tenants are not behind that proxy: nothing of theirs can be seen.
/// The file is described in `Documentation/ABI.md`.
public enum Recording {
    /// What is recorded, and for how long.
    public struct Order: Sendable {
        /// The module's id.
        public var module: String
        /// The tenant's id.
        public var tenant: String
        /// The file; it must not be there yet.
        public var path: String
        /// After how much time nothing more is written.
        public var seconds: Int
        /// After how many bytes nothing more is written.
        public var bytes: Int
        /// Members of JSON objects that are redacted besides the usual ones.
        public var members: [String]

        /// An order.
        public init(module: String, tenant: String, path: String, seconds: Int, bytes: Int, members: [String]) {
            self.module = module
            self.tenant = tenant
            self.path = path
            self.seconds = seconds
            self.bytes = bytes
            self.members = members
        }
    }

    /// How far a recording has come.
    public struct Progress: Sendable {
        /// What was ordered.
        public var order: Order
        /// How many calls and answers were written.
        public var records: Int
        /// How many bytes were written.
        public var bytes: Int
        /// Why nothing more is written; empty while it goes on.
        public var ended: String
    }

    /// Why a recording cannot begin.
    public struct Refusal: Error, Sendable {
        /// A sentence for the operator.
        public let message: String
    }

    private struct State {
        var file: RecordingFile?
        /// The build through whose proxy the instance was made.
        weak var wrapper: LoadedModule?
        var wasWrapped = false

        func wants(_ module: String, _ tenant: String) -> Bool {
            guard let file, file.progress.ended.isEmpty, !wasWrapped else { return false }
            return file.progress.order.module == module && file.progress.order.tenant == tenant
        }
    }

    private static let state = Lock(State())

    /// Opens the file; the next instance of that module for that tenant is recorded. Throws `Refusal`.
    public static func begin(_ order: Order) throws {
        try state.withLock { state in
            if let file = state.file, file.progress.ended.isEmpty {
                throw Refusal(message: "`\(file.progress.order.module)` is being recorded; stop that first.")
            }
            guard state.wrapper == nil else {
                throw Refusal(message: "The instance that was recorded last has not ended yet; restart its module.")
            }
            guard case .direct = Isolation.current else {
                throw Refusal(message: "With GANTRY_LOOPBACK every module is behind the proxy, and none is recorded.")
            }
            state = State(file: try RecordingFile(order))
        }
    }

    /// How far the last recording has come; nil when there was none.
    public static var progress: Progress? { state.withLock { $0.file?.progress } }

    /// Ends the recording and closes the file. What was recorded is restarted by the caller.
    public static func end() -> Progress? {
        state.withLock { state in
            state.file?.end("stopped")
            return state.file?.progress
        }
    }

    /// Whether the next instance of the module for the tenant is recorded. In a worker it must be the only one: what a
    /// worker's threads call is not told apart by instances before it is recorded.
    public static func wants(module: String, tenant: String) -> Bool { state.withLock { $0.wants(module, tenant) } }

    /// The build that an instance is made of: behind the proxy where it is to be recorded, as it is otherwise.
    static func wrapped(_ build: LoadedModule, tenant: String) throws -> LoadedModule {
        let isWanted = state.withLock { state in
            guard state.wants(build.manifest.id, tenant) else { return false }
            state.wasWrapped = true
            state.file?.writeHeader(version: build.manifest.version.description)
            return true
        }
        guard isWanted else { return build }
        let wrapper = try LoadedModule(recording: build, to: observe)
        state.withLock { $0.wrapper = wrapper }
        return wrapper
    }

    private static let observe:
        @convention(c) (
            Int32, UInt64, UInt64, UnsafePointer<UInt8>?, UInt64, UnsafePointer<UInt8>?, UInt64
        ) -> Void = { toHost, number, within, request, size, answer, answerSize in
            let exchange = RecordingFile.Exchange(isToHost: toHost != 0, number: number, within: within)
            let request = UnsafeBufferPointer(start: request, count: Int(size))
            let answer = answer.map { UnsafeBufferPointer(start: $0, count: Int(answerSize)) }
            Recording.state.withLock { $0.file?.write(exchange, request, answer) }
        }
}
