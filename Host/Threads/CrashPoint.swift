import Glibc
import Synchronization

/// A moment at which losing the process would hurt most. Tests kill it there, through the environment variable
/// `GANTRY_CRASH_AT=<name>:<n>`, at the n-th passing; without the variable a point costs one load.
public enum CrashPoint: String, CaseIterable, Sendable {
    /// The writes of a group have run; their commit has not begun.
    case beforeCommit = "before-commit"
    /// The commit is durable; nobody who waits for it has been told.
    case afterCommit = "after-commit"
    /// A subscriber has done its work; that is not written down yet.
    case afterDelivery = "after-delivery"
    /// A job has done its work; that is not written down yet.
    case afterJob = "after-job"
    /// A migration's statements have run; the ledger does not know it yet.
    case beforeLedger = "before-ledger"
    /// A blob's bytes are on the disk; no index names them yet.
    case afterBlobSync = "after-blob-sync"
    /// A blob is acknowledged and lies where it was written.
    case beforeBlobRename = "before-blob-rename"
    /// A blob was moved to its place, which nothing has synced.
    case afterBlobRename = "after-blob-rename"

    private static let target = Target(environment: getenv("GANTRY_CRASH_AT").map { String(cString: $0) })

    /// Passes the point.
    @inline(__always)
    public func pass() {
        guard let target = Self.target else { return }
        target.pass(self)
    }

    private final class Target: Sendable {
        private let point: CrashPoint
        private let remaining: Atomic<Int>

        init?(environment: String?) {
            guard let parts = environment?.split(separator: ":"), parts.count == 2,
                let point = CrashPoint(rawValue: String(parts[0])), let count = Int(parts[1])
            else { return nil }
            self.point = point
            remaining = Atomic(count)
        }

        func pass(_ point: CrashPoint) {
            guard point == self.point, remaining.subtract(1, ordering: .relaxed).newValue == 0 else { return }
            kill(getpid(), SIGKILL)
        }
    }
}
