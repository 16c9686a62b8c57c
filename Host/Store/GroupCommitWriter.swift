import GantryThreads
import Synchronization

/// The one writer of a database. Writes that wait for it run as savepoints of one transaction, so that one sync to
/// the disk makes all of them durable.
///
/// Whoever finds the writer free owns it and runs a group with its own write in it. Afterwards a blocked caller among
/// those who wait is asked to run the next group; only when there is none a thread of the pool does it.
final class GroupCommitWriter: @unchecked Sendable {
    private struct State {
        var waiting: [PendingWrite] = []
        var isOwned = false
        /// Whether the owner is a job of the lane that has not started yet. A caller may take its place.
        var isQueuedOnLane = false
        var isClosed = false
        var closers: [Latch] = []
    }

    /// Who goes on with the writer.
    private enum Successor {
        case nobody
        case caller(PendingWrite)
        case lane
    }

    private static let largestGroup = 128

    private let open: @Sendable () throws(StoreError) -> sending Connection
    private let willCommit: Database.CommitGuard?
    private let didCommit: @Sendable (CommitSignals) -> Void
    private let capacity: Int
    private let lane: SerialLane
    private let state = Lock(State())
    // Guard: only the owner (`State.isOwned`) touches the connection.
    private var connection: Connection?
    /// The thread that is running bodies, as a number; 0 when none is.
    private let ownerThread = Atomic<UInt>(0)
    let counters = WriteCounters()

    init(
        pool: ThreadPool,
        capacity: Int,
        open: @escaping @Sendable () throws(StoreError) -> sending Connection,
        willCommit: Database.CommitGuard?,
        didCommit: @escaping @Sendable (CommitSignals) -> Void
    ) {
        lane = SerialLane(pool: pool)
        self.capacity = capacity
        self.open = open
        self.willCommit = willCommit
        self.didCommit = didCommit
    }

    /// Runs a write and blocks until it is durable or has failed.
    func perform(_ write: PendingWrite) -> StoreError? {
        guard ownerThread.load(ordering: .relaxed) != Self.currentThread else {
            return StoreError(.misuse, "a write was begun inside a write of the same database")
        }
        var isLeading = false
        if let error = enqueue(write, isLeading: &isLeading) { return error }
        var deadline = write.deadline
        while !isLeading {
            let progress = write.progress?.wait(until: deadline) { progress -> PendingWrite.Progress? in
                if case .waiting = progress { nil } else { progress }
            }
            switch progress {
            case .done: return write.error
            case .leading: isLeading = true
            case .waiting, nil:
                if withdraw(write) { return StoreError(.cancelled, "the deadline passed while waiting to write") }
                // It is being run, or its caller has to lead: that is waited for.
                deadline = .never
            }
        }
        repeat { runNextGroup() } while write.body != nil
        handOver()
        return write.error
    }

    /// Queues a write whose completion is called on a thread of the pool or of another writer.
    func submit(_ write: PendingWrite) {
        var isLeading = false
        if let error = enqueue(write, isLeading: &isLeading) {
            write.error = error
            write.complete()
        } else if isLeading {
            serveOnLane()
        }
    }

    /// Refuses further writes, finishes those that wait and closes the connection.
    func close() {
        let latch = Latch()
        let isFree = state.withLock { state in
            state.isClosed = true
            if state.isOwned {
                state.closers.append(latch)
                return false
            }
            state.isOwned = true
            return true
        }
        if isFree { handOver() } else { latch.wait() }
    }

    /// Closes the connection when nobody uses it.
    func closeIfIdle() {
        let isFree = state.withLock { state in
            if state.isOwned { return false }
            state.isOwned = true
            return true
        }
        guard isFree else { return }
        connection = nil
        handOver()
    }

    private func enqueue(_ write: PendingWrite, isLeading: inout Bool) -> StoreError? {
        let (error, leads) = state.withLock { state -> (StoreError?, Bool) in
            if state.isClosed { return (StoreError(.cancelled, "the database was closed"), false) }
            if state.waiting.count >= capacity { return (StoreError(.busy, "too many writes are waiting"), false) }
            state.waiting.append(write)
            // A caller that is about to block needs no thread of the pool, which may have none left.
            let takesOver = write.progress != nil && state.isQueuedOnLane
            defer {
                state.isOwned = true
                if takesOver { state.isQueuedOnLane = false }
            }
            return (nil, !state.isOwned || takesOver)
        }
        isLeading = leads
        return error
    }

    private func withdraw(_ write: PendingWrite) -> Bool {
        let isFound = state.withLock { state in
            guard !write.isPromoted, let index = state.waiting.firstIndex(where: { $0 === write }) else { return false }
            state.waiting.remove(at: index)
            return true
        }
        if isFound { write.withdraw() }
        return isFound
    }

    /// Gives the writer, which the caller owns, to a job of the lane.
    private func serveOnLane() {
        state.withLock { $0.isQueuedOnLane = true }
        if !lane.submit({ self.serve() }) { serve() }
    }

    private func serve() {
        let isOwner = state.withLock { state in
            defer { state.isQueuedOnLane = false }
            return state.isQueuedOnLane
        }
        guard isOwner else { return }
        if let connection, connection.guardian.logPageCount >= Connection.checkpointPageCount {
            connection.checkpoint()
        }
        runNextGroup()
        handOver()
    }

    private func handOver() {
        let isCheckpointDue = connection.map { $0.guardian.logPageCount >= Connection.checkpointPageCount } ?? false
        var closers: [Latch] = []
        let successor = state.withLock { state -> Successor in
            if isCheckpointDue { return .lane }
            if let next = state.waiting.first(where: { $0.progress != nil }) {
                next.isPromoted = true
                return .caller(next)
            }
            if !state.waiting.isEmpty { return .lane }
            if state.isClosed { connection = nil }
            swap(&closers, &state.closers)
            state.isOwned = false
            return .nobody
        }
        switch successor {
        case .nobody: for closer in closers { closer.open() }
        case .caller(let write): write.promote()
        case .lane: serveOnLane()
        }
    }

    private func takeGroup() -> [PendingWrite] {
        state.withLock { state in
            var count = min(state.waiting.count, Self.largestGroup)
            if let alone = state.waiting.prefix(count).firstIndex(where: { $0.isAlone }) { count = max(alone, 1) }
            let group = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return group
        }
    }

    private static var currentThread: UInt { ThreadNumber.current }
}

extension GroupCommitWriter {
    private func runNextGroup() {
        let group = takeGroup()
        if group.isEmpty { return }
        ownerThread.store(Self.currentThread, ordering: .relaxed)
        do {
            let connection = try openedConnection()
            if group.count == 1 || !runTogether(group, on: connection) {
                for write in group { runSingly(write, on: connection) }
            }
        } catch {
            for write in group { write.error = error }
        }
        ownerThread.store(0, ordering: .relaxed)
        var signals: CommitSignals = []
        for write in group where write.error == nil { signals.formUnion(write.signals) }
        for write in group { write.complete() }
        if !signals.isEmpty { didCommit(signals) }
    }

    private func openedConnection() throws(StoreError) -> Connection {
        if let connection { return connection }
        let opened = try open()
        connection = opened
        return opened
    }

    /// Runs a write in a transaction of its own.
    private func runSingly(_ write: PendingWrite, on connection: Connection) {
        write.error = nil
        do {
            try Self.checkDeadline(of: write)
            // Inside a transaction it would be too late.
            if write.suspendsForeignKeys { connection.setForeignKeys(false) }
            try connection.run(.beginWrite)
            try write.run(on: connection)
            try prepareCommit(of: CollectionOfOne(write))
            CrashPoint.beforeCommit.pass()
            try connection.run(.commit)
            CrashPoint.afterCommit.pass()
            counters.countCommit(ofWrites: 1)
        } catch {
            write.error = error
            connection.rollbackIfNeeded()
        }
        if write.suspendsForeignKeys { connection.setForeignKeys(true) }
    }

    /// Runs the writes as savepoints of one transaction.
    /// - Returns: false when the transaction broke. Then nothing of it exists, and each has to be run singly: also
    ///   those that failed, which may have failed because of a neighbour that is gone now.
    private func runTogether(_ group: [PendingWrite], on connection: Connection) -> Bool {
        do {
            try connection.run(.beginWrite)
        } catch {
            for write in group { write.error = error }
            return true
        }
        for write in group where !runMember(write, on: connection) {
            return broken(connection)
        }
        do {
            try prepareCommit(of: group)
            CrashPoint.beforeCommit.pass()
            try connection.run(.commit)
        } catch {
            return broken(connection)
        }
        CrashPoint.afterCommit.pass()
        counters.countCommit(ofWrites: group.count)
        return true
    }

    /// Lets the guard see what the writes are about to leave for others, once for all of them.
    private func prepareCommit(of group: some Sequence<PendingWrite>) throws(StoreError) {
        guard let willCommit else { return }
        var signals: CommitSignals = []
        for write in group where write.error == nil { signals.formUnion(write.signals) }
        if !signals.isEmpty { try willCommit(signals) }
    }

    /// - Returns: false when the group's transaction is gone.
    private func runMember(_ write: PendingWrite, on connection: Connection) -> Bool {
        write.error = nil
        do {
            try Self.checkDeadline(of: write)
        } catch {
            write.error = error
            return true
        }
        do {
            try connection.run(.savepoint)
            try write.run(on: connection)
            try connection.run(.release)
            return connection.isInTransaction
        } catch {
            write.error = error
        }
        guard connection.isInTransaction else { return false }
        do {
            try connection.run(.rollbackToSavepoint)
            try connection.run(.release)
            return true
        } catch {
            return false
        }
    }

    private func broken(_ connection: Connection) -> Bool {
        counters.countBrokenGroup()
        connection.rollbackIfNeeded()
        return false
    }

    private static func checkDeadline(of write: PendingWrite) throws(StoreError) {
        if write.deadline.hasPassed {
            throw StoreError(.cancelled, "the deadline passed while waiting to write")
        }
    }
}
