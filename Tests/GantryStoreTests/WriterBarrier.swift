import GantryStore
import GantryThreads

/// Holds a database's writer, so that what is submitted meanwhile becomes one group.
final class WriterBarrier: Sendable {
    private let gate = Latch()
    private let held = Latch()

    init(_ database: Database) {
        let (gate, held) = (gate, held)
        database.submitWrite { _ in
            held.open()
            gate.wait()
        } completion: { _ in
        }
        held.wait()
    }

    func release() { gate.open() }
}

/// Collects the outcomes of asynchronous writes.
final class Outcomes: Sendable {
    private let monitor = Monitor<[Int: StoreError?]>([:])

    func note(_ number: Int, _ error: StoreError?) {
        monitor.withLock { $0[number] = .some(error) }
        monitor.broadcast()
    }

    func wait(for count: Int) -> [Int: StoreError?] {
        monitor.wait(until: .after(.seconds(30))) { $0.count >= count ? $0 : nil } ?? [:]
    }
}
