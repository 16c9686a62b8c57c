import CGantry
import GantryCore
import GantryThreads
import Synchronization

/// One call into a module, as the host remembers it: what its handle leads to.
final class ModuleCall: Sendable {
    /// All calls under way in this process.
    static let table = HandleTable<ModuleCall>(kind: 1)

    let instance: ModuleInstance
    /// Takes the answer; nil for calls that have none to give, such as deliveries.
    let sink: (any ReplySink)?
    let trace: TraceContext
    let deadlineNanoseconds: Int64
    /// What the module was entered for.
    let what: What
    /// Who made the request; nil for deliveries, jobs and the rest.
    let principal: Principal?
    /// How many services of other modules it is inside of.
    let depth: Int
    /// Whose receipt shows what a service has used; nil for whoever is not called by another module.
    private let payer: CallUsage?
    /// What a module is entered for.
    enum What {
        case lifecycle
        case operation(UInt32)
        case check(UInt32)
        case delivery
        case job
        case service(String)
    }

    /// In words for the operator.
    var description: String {
        switch what {
        case .lifecycle: "its life cycle"
        case .operation(let number): "the operation `\(instance.module.operationName(number))`"
        case .check(let number): "the check of `\(instance.module.operationName(number))`"
        case .delivery: "the delivery of an event"
        case .job: "a job"
        case .service(let name): "the service `\(name)`"
        }
    }

    private let resourcesReference = OnceReference<CallResources>()
    private let progress = Atomic<UInt8>(0)
    private static let answered: UInt8 = 1
    /// The handler has returned and left the answer for later.
    private static let leftPending: UInt8 = 2
    /// The answer is a stream that has begun.
    private static let streaming: UInt8 = 4
    /// The whole answer is given.
    private static let complete: UInt8 = 8
    private let streamReference = OnceReference<CallStream>()
    private let socketReference = OnceReference<ModuleSocket>()
    private let handle = Atomic<UInt64>(0)

    init(
        instance: ModuleInstance, sink: (any ReplySink)?, deadlineNanoseconds: Int64, trace: TraceContext,
        principal: Principal? = nil, what: What = .lifecycle, depth: Int = 0, payer: CallUsage? = nil
    ) {
        self.depth = depth
        self.payer = payer
        self.what = what
        self.principal = principal
        self.instance = instance
        self.sink = sink
        self.trace = trace
        self.deadlineNanoseconds = deadlineNanoseconds
    }

    /// Where what the call uses is written down; nil when nobody asks.
    var usage: CallUsage? { payer ?? sink?.usage }

    /// The call named by a struct that a module passes; nil when it is over.
    static func resolve(_ call: UnsafePointer<gantry_call_v1>?) -> ModuleCall? {
        guard let call else { return nil }
        return table.resolve(call.pointee.call)
    }

    /// Gives the call its handle; `end` takes it back.
    func begin() -> UInt64 {
        let value = Self.table.insert(self)
        handle.store(value, ordering: .releasing)
        return value
    }

    /// Makes the handle stale.
    func end() {
        Self.table.release(handle.load(ordering: .acquiring))
        endResources()
    }

    /// What the module has opened within the call.
    var resources: CallResources {
        if let resources = resourcesReference.load() { return resources }
        let resources = resourcesReference.storeIfNil(CallResources())
        // The call may have ended meanwhile; whatever comes now is ended at once.
        if Self.table.resolve(handle.load(ordering: .acquiring)) == nil { endResources() }
        return resources
    }

    /// Ends what the module has left open.
    func endResources() {
        guard let resources = resourcesReference.load() else { return }
        for (id, span) in resources.endAll() { TraceTable.write(span, id, of: self, .cancelled) }
    }

    /// True for the one who may answer; everybody later gets false.
    func claimAnswer() -> Bool {
        progress.bitwiseOr(Self.answered, ordering: .acquiringAndReleasing).oldValue & Self.answered == 0
    }

    /// The handler has returned without an end of the call: the handle lives until the answer is given.
    func leavePending() {
        instance.pendingCalls.add(1, ordering: .relaxed)
        let before = progress.bitwiseOr(Self.leftPending, ordering: .acquiringAndReleasing).oldValue
        if before & Self.complete != 0 { endPending() }
    }

    /// The whole answer is given; a call whose handler has returned before is over, and whoever watches is told.
    func finishAnswer() {
        let before = progress.bitwiseOr(Self.complete, ordering: .acquiringAndReleasing).oldValue
        if before & Self.complete != 0 { return }
        if before & Self.leftPending != 0 { endPending() }
        streamReference.load()?.tell(.closed)
    }

    private func endPending() {
        end()
        instance.pendingCalls.subtract(1, ordering: .relaxed)
    }

    // MARK: Streams

    /// The call's bodies as streams, made when they are first asked for; nil for a call that has none.
    var stream: CallStream? {
        if let stream = streamReference.load() { return stream }
        guard let port = sink?.stream else { return nil }
        let made = CallStream(port: port, instance: instance)
        let stream = streamReference.storeIfNil(made)
        if stream === made { made.open { self.requestEnded() } }
        return stream
    }

    /// The answer, which the caller has claimed, is a stream from now on. No deadline holds any more.
    func beginStreaming() {
        progress.bitwiseOr(Self.streaming, ordering: .acquiringAndReleasing)
    }

    /// Whether the answer is a stream that has begun and not ended.
    var isStreaming: Bool {
        progress.load(ordering: .acquiring) & (Self.streaming | Self.complete) == Self.streaming
    }

    /// The answer, which the caller has claimed, is an open socket from now on: the call is over with it.
    func hold(_ socket: ModuleSocket) {
        _ = socketReference.storeIfNil(socket)
        beginStreaming()
    }

    /// Whether the answer is, or was, a stream or a socket: then no deadline holds for whoever made it.
    var hasStreamed: Bool { progress.load(ordering: .acquiring) & Self.streaming != 0 }

    /// What an opening has become.
    var socket: ModuleSocket? { socketReference.load() }

    /// Breaks off what a handler has begun and not ended.
    func resetStream() {
        guard isStreaming else { return }
        if let socket { return socket.fail() }
        streamReference.load()?.port.reset()
        finishAnswer()
    }

    /// The client has left, or everything was sent.
    private func requestEnded() {
        if claimAnswer() { sink?.stream?.abandon() }
        finishAnswer()
    }

    /// CLOCK_MONOTONIC until which the module may wait; 0 while the answer is streamed.
    var waitingDeadlineNanoseconds: Int64 { isStreaming ? 0 : deadlineNanoseconds }

    /// Whether the module has not answered, and nobody waits for that any more.
    var isForsaken: Bool {
        guard let sink, progress.load(ordering: .acquiring) & Self.answered == 0 else { return false }
        return sink.isOver
    }

    /// Ends the calls of all instances that were left pending and that nobody waits for any more, so that a module that
    /// never answers does not fill the memory.
    static func endForsaken() {
        for call in table.objects(where: { $0.isForsaken && $0.isPending }) where call.claimAnswer() {
            call.finishAnswer()
        }
    }

    private var isPending: Bool { progress.load(ordering: .acquiring) & Self.leftPending != 0 }

    /// Whether nobody waits for the result any more.
    var isCancelled: Bool {
        if instance.isQuiescing || streamReference.load()?.isClosed == true || isForsaken { return true }
        let deadline = waitingDeadlineNanoseconds
        return deadline != 0 && MonotonicClock.nanoseconds >= deadline
    }
}
