import Synchronization

/// What a database's writer has done since it was made.
public struct WriteStatistics: Sendable, Equatable {
    /// Commits, each of which synced to the disk if it changed anything.
    public let commitCount: Int
    /// Writes that ran in them, also those that failed.
    public let writeCount: Int
    /// Groups that broke and were run again singly.
    public let brokenGroupCount: Int
}

final class WriteCounters: Sendable {
    private let commitCount = Atomic<Int>(0)
    private let writeCount = Atomic<Int>(0)
    private let brokenGroupCount = Atomic<Int>(0)

    var statistics: WriteStatistics {
        WriteStatistics(
            commitCount: commitCount.load(ordering: .relaxed),
            writeCount: writeCount.load(ordering: .relaxed),
            brokenGroupCount: brokenGroupCount.load(ordering: .relaxed)
        )
    }

    func countCommit(ofWrites count: Int) {
        commitCount.add(1, ordering: .relaxed)
        writeCount.add(count, ordering: .relaxed)
    }

    func countBrokenGroup() {
        brokenGroupCount.add(1, ordering: .relaxed)
    }
}
