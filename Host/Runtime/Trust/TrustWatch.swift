import GantryCore
import GantryTelemetry
import GantryThreads
import Glibc

/// Sees to it that what runs follows the operator's trust: looks at the files of the store and of the revocation lists,
/// and has what runs judged anew once they have changed and stayed so for a moment, or when it is asked to.
final class TrustWatch: Sendable {
    /// What tells one content of a file from another without reading it.
    private struct Mark: Equatable {
        var path: String
        var inode: UInt
        var bytes: Int
        var changed: [Int]
    }

    private struct State {
        /// What the last judgement was made by; nil before the first, since files may have changed while instances
        /// were started.
        var judged: [Mark]?
        /// What was found at the last look.
        var seen: [Mark] = []
    }

    private static let interval = Duration.seconds(1)

    private let trust: BundleTrust
    private let log: Log
    private let judge: @Sendable () throws -> Void
    private let state = Lock(State())
    private let looks = RegularLook()

    /// - Parameter judge: Judges what runs; on a thread of this object's own.
    init(_ trust: BundleTrust, log: Log, judge: @escaping @Sendable () throws -> Void) {
        self.trust = trust
        self.log = log
        self.judge = judge
        looks.start(every: Self.interval) { [self] in run(isAsked: $0) }
    }

    /// Looks now; any thread.
    func look() { looks.ask() }

    /// Ends the watch.
    func stop() { looks.stop() }

    private func run(isAsked: Bool) {
        let marks = marks
        let isDue = state.withLock { state in
            let isStill = state.seen == marks
            state.seen = marks
            guard isAsked || (isStill && state.judged != marks) else { return false }
            state.judged = marks
            return true
        }
        guard isDue else { return }
        do { try judge() } catch {
            log.write(.error, "What runs could not be held against the trust in bundles: \(error)")
        }
    }

    /// The operator's files as they are now.
    private var marks: [Mark] {
        let settings = trust.settings
        guard settings.policy == .required, let store = settings.store else { return [] }
        let files = (try? TrustFiles.certificateFiles(store)) ?? [store]
        return (files + settings.revocationLists).map { path in
            var information = Glibc.stat()
            guard stat(path, &information) == 0 else { return Mark(path: path, inode: 0, bytes: -1, changed: []) }
            return Mark(
                path: path, inode: UInt(information.st_ino), bytes: Int(information.st_size),
                changed: [information.st_mtim.tv_sec, information.st_mtim.tv_nsec])
        }
    }
}
