public import GantryThreads
import Glibc

/// One SQLite file, with one writer and a few readers. Connections are opened on demand.
///
/// A process makes one `Database` per file. All functions may be called from any thread, except that a body calls
/// nothing but its own transaction.
public final class Database: Sendable {
    /// How a database is used.
    public struct Configuration: Sendable {
        /// How many transactions read at the same time.
        public var maximumReaders = 4
        /// How many writes wait before further ones are refused as busy.
        public var maximumWaitingWrites = 4096
        /// How large the file may grow, in bytes; 0 for no limit.
        public var maximumBytes: Int64 = 0

        /// The defaults.
        public init() {}
    }

    /// Called with what a commit is about to leave for others, just before it. What it throws undoes the
    /// transactions that left something. It runs on the thread that commits, may use other databases, not this one.
    public typealias CommitGuard = @Sendable (CommitSignals) throws(StoreError) -> Void

    /// The file.
    public let path: String

    let writer: GroupCommitWriter
    let readers: ReaderPool
    private let observers: CommitObservers

    /// A database in a file, which together with its folders is made when it is first used.
    /// - Parameters:
    ///   - path: the file. SQLite keeps `-wal` and `-shm` beside it.
    ///   - pool: threads for asynchronous writes and checkpoints. Its jobs may use this database as well.
    ///   - configuration: limits.
    ///   - willCommit: sees each commit that leaves signals before it is made.
    public init(
        path: String, pool: ThreadPool, configuration: Configuration = Configuration(), willCommit: CommitGuard? = nil
    ) {
        self.path = path
        let observers = CommitObservers()
        self.observers = observers
        let opener = ConnectionOpener(path: path, maximumBytes: configuration.maximumBytes)
        writer = GroupCommitWriter(
            pool: pool,
            capacity: configuration.maximumWaitingWrites,
            open: { () throws(StoreError) in try opener.open(isReader: false) },
            willCommit: willCommit,
            didCommit: { observers.notify($0) }
        )
        readers = ReaderPool(limit: configuration.maximumReaders) { () throws(StoreError) in
            try opener.open(isReader: true)
        }
    }

    /// Whether the file exists. Reading a file that does not would make it.
    public var fileExists: Bool { access(path, F_OK) == 0 }

    /// What the writer has done so far.
    public var statistics: WriteStatistics { writer.counters.statistics }

    /// Calls `observer` after each commit of transactions that left signals, on the thread that committed. It must be
    /// brief and must not write to this database.
    /// - Returns: what ends it; until then the database holds the observer.
    @discardableResult
    public func observeCommits(_ observer: @escaping @Sendable (CommitSignals) -> Void) -> CommitObservation {
        observers.add(observer)
    }

    /// Closes connections that nobody uses; they are opened again when needed.
    public func closeIdleConnections() {
        readers.closeIdle()
        writer.closeIfIdle()
    }

    /// Refuses further transactions, waits for those under way and closes the file. Not from a body.
    public func close() {
        readers.close()
        writer.close()
    }
}
