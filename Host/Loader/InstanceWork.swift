import CGantry
import GantryThreads
import Synchronization

/// What one instance has handed to the host's threads and what its timers wait for. Any thread.
///
/// Accepted work runs exactly once. It is accepted until `close`, so that work under way can be continued while the
/// instance quiesces.
final class InstanceWork: Sendable {
    /// Pieces of blocking work of one instance that may wait or run at a time.
    private static let maximumBlockingPieces = 1000

    /// One piece: the function and its context, which the module lends until it has run.
    struct Piece: @unchecked Sendable {
        // Guard: the module promises that the context may be used on any thread; only its function ever does.
        let function: gantry_work_fn_v1
        let context: UnsafeMutableRawPointer?

        func run() { _ = function(context) }
    }

    private let threads: InstanceThreads
    private let isSerial: Bool
    /// Counts the pieces that were accepted and have not ended.
    private let pieces = CallGate()
    private let blockingPieces = Atomic<Int>(0)
    /// Of a serially entered instance: one piece after the other, on a thread that may wait for the handler inside.
    private let lane: SerialLane
    /// Runs a piece the way that the module is entered.
    private let enter: @Sendable (Piece) -> Void
    /// Runs a piece that may wait.
    private let wait: @Sendable (Piece) -> Void

    init(
        threads: InstanceThreads, isSerial: Bool, enter: @escaping @Sendable (Piece) -> Void,
        wait: @escaping @Sendable (Piece) -> Void
    ) {
        self.wait = wait
        self.threads = threads
        self.isSerial = isSerial
        self.enter = enter
        lane = SerialLane(pool: threads.blocking)
        pieces.open(nil)
    }

    /// Runs short work soon.
    func submit(_ piece: Piece) -> ModuleStatus {
        guard pieces.enter() != nil else { return .stale }
        if run(piece) { return .ok }
        pieces.leave()
        return .busy
    }

    /// Runs a function of the host's own the way that short work runs; false when the instance takes none any more.
    func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard pieces.enter() != nil else { return false }
        let isAccepted = submitShort { [self] in
            body()
            pieces.leave()
        }
        if !isAccepted { pieces.leave() }
        return isAccepted
    }

    /// A piece that is counted already; it leaves when it has run.
    private func run(_ piece: Piece) -> Bool {
        submitShort { [self] in
            enter(piece)
            pieces.leave()
        }
    }

    /// The amount is the module's to bound, as that of its own memory is: refusing a continuation would lose a call.
    private func submitShort(_ job: @escaping @Sendable () -> Void) -> Bool {
        isSerial ? lane.submit(job) : threads.short.submitReserved(job)
    }

    /// Runs work that may wait, beside everything else.
    func submitBlocking(_ piece: Piece) -> ModuleStatus {
        guard pieces.enter() != nil else { return .stale }
        let count = blockingPieces.add(1, ordering: .relaxed).newValue
        let isAccepted =
            count <= Self.maximumBlockingPieces
            && threads.blocking.submit { [self] in
                wait(piece)
                blockingPieces.subtract(1, ordering: .relaxed)
                pieces.leave()
            }
        if isAccepted { return .ok }
        blockingPieces.subtract(1, ordering: .relaxed)
        pieces.leave()
        return .busy
    }

    // MARK: Timers

    /// Runs short work after a delay and gives the timer's handle.
    func submit(_ piece: Piece, afterNanoseconds delay: Int64) -> UInt64? {
        guard pieces.enter() != nil else { return nil }
        let timer = InstanceTimer(work: self, piece: piece)
        let handle = InstanceTimer.table.insert(timer)
        // Rounded up without a sum that could overflow: the delay is the module's word.
        let wait = max(0, delay)
        let (sum, overflows) = (MonotonicClock.nanoseconds / 1_000_000).addingReportingOverflow(
            wait / 1_000_000 + (wait % 1_000_000 == 0 ? 0 : 1))
        let token = threads.timers.schedule(atMilliseconds: overflows ? .max : sum) {
            if let timer = InstanceTimer.table.resolve(handle) { timer.work.fire(timer, handle) }
        }
        timer.token.withLock { $0 = token }
        return handle
    }

    private func fire(_ timer: InstanceTimer, _ handle: UInt64) {
        guard timer.claim() else { return }
        InstanceTimer.table.release(handle)
        if !run(timer.piece) { pieces.leave() }
    }

    /// Takes a timer back.
    func cancel(timer handle: UInt64) -> ModuleStatus {
        guard let timer = InstanceTimer.table.resolve(handle), timer.work === self else { return .stale }
        guard timer.claim() else { return .already }
        InstanceTimer.table.release(handle)
        if let token = timer.token.withLock({ $0 }) { threads.timers.cancel(token) }
        pieces.leave()
        return .ok
    }

    /// Fires all timers at once, so that whoever sleeps can end.
    func fireTimers() {
        for timer in InstanceTimer.table.releaseAll(where: { $0.work === self }) where timer.claim() {
            if let token = timer.token.withLock({ $0 }) { threads.timers.cancel(token) }
            if !run(timer.piece) { pieces.leave() }
        }
    }

    // MARK: The end

    /// Whether accepted work has not ended.
    var hasWork: Bool { pieces.hasCalls }

    /// Takes no more work.
    func close() { pieces.close() }
}

/// A timer of one instance, as its handle leads to it.
private final class InstanceTimer: Sendable {
    /// All timers of this process.
    static let table = HandleTable<InstanceTimer>(kind: 4)

    let work: InstanceWork
    let piece: InstanceWork.Piece
    let token = Lock<TimerQueue.Token?>(nil)
    private let isClaimed = Atomic<Bool>(false)

    init(work: InstanceWork, piece: InstanceWork.Piece) {
        self.work = work
        self.piece = piece
    }

    /// True for the one who fires it or takes it back.
    func claim() -> Bool { !isClaimed.exchange(true, ordering: .acquiringAndReleasing) }
}
