import GantryIdentity
import Synchronization

/// An act under way that has to be told of: the first change of `host.db` made for it takes the entry along.
final class PendingAct: Sendable {
    let act: AuditAct
    private let isTaken = Atomic<Bool>(false)

    init(_ act: AuditAct) { self.act = act }

    /// The act, for the one who tells of it; nil for everybody later.
    func take() -> AuditAct? { isTaken.exchange(true, ordering: .acquiringAndReleasing) ? nil : act }

    /// What was taken could not be kept.
    func giveBack() { isTaken.store(false, ordering: .releasing) }

    /// The act on whose behalf this thread works.
    @TaskLocal static var current: PendingAct?

    /// Runs the body for an act.
    static func run<Value>(_ act: AuditAct, _ body: (PendingAct) throws -> Value) rethrows -> Value {
        let pending = PendingAct(act)
        return try $current.withValue(pending) { try body(pending) }
    }
}
