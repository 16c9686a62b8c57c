import GantryStore
import GantryThreads
import Synchronization

/// The mark in `host.db` that work waits in one database: an event to deliver, a job to run. It is written durably
/// before the first such work is committed, and taken away when nothing is left. So a start knows which databases it
/// has to open, and one commit of `host.db` serves all work until the database is idle again.
final class PendingMark: Sendable {
    /// Numbers marks, so that taking away an old one leaves a newer one alone. Shared by all marks of a process.
    final class Numbers: Sendable {
        private let last: Atomic<Int64>

        init(after last: Int64) {
            self.last = Atomic(last)
        }

        func next() -> Int64 { last.add(1, ordering: .relaxed).newValue }
    }

    private let directory: HostDirectory
    private let place: HostDirectory.Place
    private let numbers: Numbers
    /// The mark in `host.db`, whatever its time; 0 when there is none.
    private let row: Atomic<Int64>
    /// The same while it stands for work to be done at once; 0 when a commit has to mark anew.
    private let firm: Atomic<Int64>

    init(
        directory: HostDirectory, place: HostDirectory.Place, numbers: Numbers, record: HostDirectory.DatabaseRecord?
    ) {
        self.directory = directory
        self.place = place
        self.numbers = numbers
        row = Atomic(record?.mark ?? 0)
        // Work that comes now may be due before the time that the mark names.
        firm = Atomic(record?.dueMilliseconds == 0 ? record?.mark ?? 0 : 0)
    }

    /// Whether there is a mark.
    var stands: Bool { row.load(ordering: .acquiring) != 0 }

    /// Sees to it that the database is marked. Called by its writer before it commits work; one thread at a time.
    func ensure() throws(StoreError) {
        if firm.load(ordering: .acquiring) != 0 { return }
        let number = numbers.next()
        try directory.mark(place, number: number, dueMilliseconds: 0)
        row.store(number, ordering: .releasing)
        firm.store(number, ordering: .releasing)
    }

    /// Marks a database that has no mark for work that is due at that time. A commit that leaves work meanwhile has its
    /// own mark, which stays.
    func note(dueMilliseconds due: Int64) throws(StoreError) {
        let number = numbers.next()
        guard try directory.markUnlessMarked(place, number: number, dueMilliseconds: due) else { return }
        _ = row.compareExchange(expected: 0, desired: number, ordering: .acquiringAndReleasing)
    }

    /// Takes the mark away when nothing waits any more, also while the database is being written to.
    /// - Parameter next: Tells when the next work can be done, nil for none. It asks behind a write transaction of the
    ///   database: what was committed with the old mark lies before that, and what comes after it marks anew.
    func clearIfIdle(_ next: () throws(StoreError) -> Int64?) throws(StoreError) {
        let held = row.load(ordering: .acquiring)
        guard held != 0 else { return }
        let before = firm.exchange(0, ordering: .acquiringAndReleasing)
        let isIdle: Bool
        do { isIdle = try next() == nil } catch {
            _ = firm.compareExchange(expected: 0, desired: before, ordering: .acquiringAndReleasing)
            throw error
        }
        guard isIdle else {
            _ = firm.compareExchange(expected: 0, desired: before, ordering: .acquiringAndReleasing)
            return
        }
        try directory.unmark(place, number: held)
        _ = row.compareExchange(expected: held, desired: 0, ordering: .acquiringAndReleasing)
    }

    /// Leaves behind what is true of a database that nobody writes to any more.
    func settle(dueMilliseconds due: Int64?) throws(StoreError) {
        let held = row.load(ordering: .acquiring)
        if let due {
            let number = numbers.next()
            try directory.mark(place, number: number, dueMilliseconds: due)
            row.store(number, ordering: .releasing)
        } else if held != 0 {
            try directory.unmark(place, number: held)
            row.store(0, ordering: .releasing)
        }
        firm.store(0, ordering: .releasing)
    }
}
