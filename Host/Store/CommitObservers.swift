import GantryThreads

/// Somebody who watches a database's commits.
public final class CommitObservation: Sendable {
    private let observers: CommitObservers
    private let number: UInt64

    init(observers: CommitObservers, number: UInt64) {
        self.observers = observers
        self.number = number
    }

    /// Calls the observer no more, except for a commit that is just being told.
    public func cancel() {
        observers.remove(number)
    }
}

/// Those who watch a database's commits.
final class CommitObservers: Sendable {
    typealias Observer = @Sendable (CommitSignals) -> Void

    private struct State {
        var observers: [UInt64: Observer] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Lock(State())

    func add(_ observer: @escaping Observer) -> CommitObservation {
        let number = state.withLock { state in
            state.lastNumber += 1
            state.observers[state.lastNumber] = observer
            return state.lastNumber
        }
        return CommitObservation(observers: self, number: number)
    }

    func remove(_ number: UInt64) {
        state.withLock { _ = $0.observers.removeValue(forKey: number) }
    }

    func notify(_ signals: CommitSignals) {
        for observer in state.withLock({ Array($0.observers.values) }) { observer(signals) }
    }
}
