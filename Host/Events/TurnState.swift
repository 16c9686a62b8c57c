import GantryCore

/// When a piece of background work has its turns: woken by commits and timers, one turn at a time, and with growing
/// waits while its database does not work. It is told what happened and answers what to do; it does nothing itself.
package struct TurnState: Equatable {
    /// What has to be done now.
    enum Step: Equatable {
        case nothing
        /// A turn is to be taken.
        case takeTurn
        /// No turn before this time, unless it is woken; nil for no time at all. In milliseconds since 1970.
        case wait(untilMilliseconds: Int64?)
    }

    /// How a turn ended.
    package enum Result: Equatable {
        /// There is more to do at once.
        case hasMore
        /// There is nothing more to do before this time, in milliseconds since 1970; nil until it is woken.
        case isDone(nextMilliseconds: Int64?)
        /// The database does not work.
        case failed
    }

    private enum Phase {
        case idle
        case queued
        case running
    }

    /// After so many failures in a row the waits grow no more.
    private static let maximumFailures: UInt32 = 16

    private var phase = Phase.idle
    private var isStarted = false
    private(set) var isStopped = false
    private var isWokenAgain = false
    private var failureCount: UInt32 = 0

    /// Whether no turn is queued or taken.
    var isIdle: Bool { phase == .idle }

    /// Turns may be taken from now on, the first at once.
    mutating func start() -> Step {
        isStarted = true
        return wake()
    }

    /// There may be something to do.
    mutating func wake() -> Step {
        guard isStarted, !isStopped else { return .nothing }
        switch phase {
        case .idle:
            phase = .queued
            return .takeTurn
        case .queued:
            return .nothing
        case .running:
            // What the turn has looked at may be old by now.
            isWokenAgain = true
            return .nothing
        }
    }

    /// The turn that was asked for begins; false when it is to be given up.
    mutating func begin() -> Bool {
        phase = isStopped ? .idle : .running
        return !isStopped
    }

    /// The turn that was asked for could not be queued.
    mutating func refuse() {
        phase = .idle
    }

    /// A turn is over.
    mutating func end(_ result: Result, nowMilliseconds now: Int64, policy: RetryPolicy) -> Step {
        defer { isWokenAgain = false }
        failureCount = result == .failed ? min(failureCount + 1, Self.maximumFailures) : 0
        guard !isStopped else {
            phase = .idle
            return .nothing
        }
        // While the database does not work, wakes do not shorten the wait: nothing is lost, and it is asked later.
        if result == .hasMore || isWokenAgain && result != .failed {
            phase = .queued
            return .takeTurn
        }
        phase = .idle
        if case .isDone(let next) = result { return .wait(untilMilliseconds: next) }
        return .wait(untilMilliseconds: now + policy.delayMilliseconds(afterAttempt: failureCount))
    }

    /// No further turn begins.
    mutating func stop() {
        isStopped = true
    }
}
