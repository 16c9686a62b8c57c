import GantryCore
import GantryLoader
import GantryThreads

/// The place of one worker: of one build of a module, for all tenants or for one. It outlives the processes that stand
/// in it one after the other, and counts how they end. Any thread.
final class WorkerPost: Sendable {
    /// What tells one post from another.
    struct Key: Hashable, Sendable {
        var module: String
        var version: String
        /// The build's digest.
        var build: String
        /// Nil for all tenants.
        var tenant: String?
        /// Whether it is there for one instance that is recorded, and for no other.
        var isRecorded = false
    }

    /// How a worker ended that was not asked to.
    struct Crash: Sendable {
        var end: WorkerEnd
        var atMilliseconds: Int64
        /// The end of what it had printed.
        var printed: String
    }

    struct State: Sendable {
        var budget: CrashBudget
        var worker: WorkerProcess?
        var loaded: LoadedModule?
        /// Instances in it.
        var userCount = 0
        /// Starts after a crash.
        var restartCount = 0
        var lastCrash: Crash?
    }

    let key: Key
    /// Held while a worker is started, so that one start serves all who want one.
    private let starting = Lock(())
    private let state: Lock<State>

    init(_ key: Key, _ isolation: Deployment.Isolation) {
        self.key = key
        state = Lock(State(budget: CrashBudget(isolation)))
    }

    var snapshot: State { state.withLock { $0 } }

    /// The module in the worker that runs, or in one that `start` makes, with a hold on it. Throws `WorkerUnavailable`,
    /// or what `start` throws.
    func module(
        _ start: () throws -> (LoadedModule, WorkerProcess)
    ) throws -> (LoadedModule, WorkerUse) {
        try starting.withLock { _ in
            if let present = takePresent() { return present }
            if let unavailable { throw unavailable }
            let (loaded, worker) = try start()
            state.withLock { state in
                if !state.budget.crashes.isEmpty { state.restartCount += 1 }
                (state.loaded, state.worker, state.userCount) = (loaded, worker, 1)
            }
            return (loaded, WorkerUse(self, worker))
        }
    }

    private func takePresent() -> (LoadedModule, WorkerUse)? {
        let present = state.withLock { state -> (LoadedModule, WorkerProcess)? in
            guard let loaded = state.loaded, let worker = state.worker, !worker.isOver else { return nil }
            state.userCount += 1
            return (loaded, worker)
        }
        return present.map { ($0.0, WorkerUse(self, $0.1)) }
    }

    /// One instance less; the process of the last one is ended.
    func release(_ worker: WorkerProcess) {
        let isLast = state.withLock { state in
            guard state.worker === worker else { return false }
            state.userCount -= 1
            if state.userCount == 0 { (state.worker, state.loaded) = (nil, nil) }
            return state.userCount == 0
        }
        if isLast { worker.stop() }
    }

    /// Why no worker is started now; nil when one may be.
    var unavailable: WorkerUnavailable? {
        let now = Self.nowMilliseconds
        return state.withLock { state in
            let last = state.lastCrash.map { "Its worker \($0.end.text)." } ?? ""
            switch state.budget.verdict(atMilliseconds: now) {
            case .now: return nil
            case .at(let time):
                return WorkerUnavailable(
                    description: "\(last) It is started again in a moment.", retryNanoseconds: time * 1_000_000)
            case .never:
                let tenant = key.tenant.map { " --tenant \($0)" } ?? ""
                return WorkerUnavailable(
                    description: "\(last) It has crashed \(state.budget.crashes.count) times and is quarantined; "
                        + "`gantry module restart \(key.module)\(tenant)` lets it try again.",
                    retryNanoseconds: .max)
            }
        }
    }

    /// A worker has ended without having been asked to.
    func noteCrash(_ worker: WorkerProcess, _ end: WorkerEnd) {
        let crash = Crash(end: end, atMilliseconds: systemWallClock(), printed: worker.printed)
        state.withLock { state in
            state.lastCrash = crash
            _ = state.budget.crashed(atMilliseconds: Self.nowMilliseconds)
            if state.worker === worker { (state.worker, state.loaded) = (nil, nil) }
        }
    }

    /// A worker has ended because it was asked to.
    func noteEnd(_ worker: WorkerProcess) {
        state.withLock { state in
            if state.worker === worker { (state.worker, state.loaded) = (nil, nil) }
        }
    }

    /// An operator lets it try again at once.
    func forgive() { state.withLock { $0.budget.forgive() } }

    /// Other limits hold from the next start on.
    func adopt(_ isolation: Deployment.Isolation) { state.withLock { $0.budget.adopt(isolation) } }

    private static var nowMilliseconds: Int64 { Deadline.now.monotonicNanoseconds / 1_000_000 }
}
