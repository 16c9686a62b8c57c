import CGantry
import GantryCore
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
    /// Bit 0: answered. Bit 1: the handler has returned and left the answer for later.
    private let progress = Atomic<UInt8>(0)
    private let handle = Atomic<UInt64>(0)

    init(instance: ModuleInstance, sink: (any ReplySink)?, deadlineNanoseconds: Int64, trace: TraceContext) {
        self.instance = instance
        self.sink = sink
        self.trace = trace
        self.deadlineNanoseconds = deadlineNanoseconds
    }

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
    }

    /// True for the one who may answer; everybody later gets false.
    func claimAnswer() -> Bool {
        progress.bitwiseOr(1, ordering: .acquiringAndReleasing).oldValue & 1 == 0
    }

    /// The handler has returned without an end of the call: the handle lives until the answer is given.
    func leavePending() {
        if progress.bitwiseOr(2, ordering: .acquiringAndReleasing).oldValue & 1 == 1 { end() }
    }

    /// The answer is given; a call whose handler has returned before is over.
    func finishAnswer() {
        if progress.load(ordering: .acquiring) & 2 != 0 { end() }
    }

    /// Whether nobody waits for the result any more.
    var isCancelled: Bool {
        (deadlineNanoseconds != 0 && MonotonicClock.nanoseconds >= deadlineNanoseconds) || instance.isQuiescing
    }
}
