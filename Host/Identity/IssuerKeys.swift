import GantryCore
import GantryCryptography
import GantryThreads

/// The keys that an issuer publishes, fetched when they are needed and kept for as long as the issuer says, within
/// bounds. Any thread; nothing here waits.
///
/// They are fetched again in the background before their time is over, so that a busy host never waits for them; when a
/// token names a key that is not among them, but not more often than `Policy` says, whoever sends such tokens; and
/// while the issuer does not answer, at growing intervals, during which the last good keys go on being used.
public final class IssuerKeys: Sendable {
    /// How long what is kept, and how often what is tried. Milliseconds.
    public struct Policy: Sendable {
        /// The least that an issuer's `max-age` counts for.
        public var minimumAge: Int64 = 60_000
        /// The most that it counts for.
        public var maximumAge: Int64 = 3_600_000
        /// What counts where the issuer says nothing.
        public var defaultAge: Int64 = 600_000
        /// For how long keys are used after their time, while the issuer does not answer.
        public var outage: Int64 = 86_400_000
        /// How often in a row unknown keys may make the set be fetched.
        public var unknownBurst = 4
        /// After how long they may once more.
        public var unknownInterval: Int64 = 15_000
        /// Pause after the first failed attempt, doubled with each further one.
        public var firstPause: Int64 = 1000
        /// The longest pause.
        public var longestPause: Int64 = 30_000
        /// Requests that may wait at a time.
        public var maximumWaiting = 1024

        /// The defaults.
        public init() {}
    }

    /// A set as it was fetched.
    public struct Fetched: Sendable {
        /// The JWK set.
        public var bytes: [UInt8]
        /// What the issuer says of its age, in seconds.
        public var maximumAgeSeconds: Int64?

        /// A set.
        public init(bytes: [UInt8], maximumAgeSeconds: Int64? = nil) {
            self.bytes = bytes
            self.maximumAgeSeconds = maximumAgeSeconds
        }
    }

    /// Something that an operator wants to know. It comes once, not with each attempt.
    public enum Report: Sendable {
        /// The keys are others than before.
        case changed(usable: Int, unusable: Int)
        /// They could not be fetched, for the first time in a row.
        case failed(String)
        /// They could be fetched again.
        case recovered
    }

    /// Gets the set. It must not wait, and calls back exactly once, on any thread, within bounded time.
    public typealias Fetch = @Sendable (@escaping @Sendable (Result<Fetched, IdentityError>) -> Void) -> Void

    enum Lookup {
        /// One of these has made the signature, or none has. The answer may be remembered for so long.
        case keys([SignatureKey], forMilliseconds: Int64)
        /// The issuer has no such key.
        case refused
        /// The keys are being fetched; whether since just now, so that they are the newest that there are.
        case pending(isNewest: Bool)
        /// Nobody can say; the next attempt comes after so many seconds.
        case unavailable(retrySeconds: Int)
    }

    private struct State {
        var keys: PublishedKeys?
        var refreshAt: Int64 = 0
        var freshUntil: Int64 = 0
        var failureCount = 0
        var nextAttemptAt: Int64 = .min
        var isFetching = false
        var waiting: [@Sendable () -> Void] = []
        var unknownAllowance: Int
        var unknownSince: Int64
    }

    private let policy: Policy
    private let clock: @Sendable () -> Int64
    private let fetch: Fetch
    private let report: @Sendable (Report) -> Void
    private let onChange: @Sendable () -> Void
    private let state: Lock<State>

    /// Keys that nobody has asked for yet.
    /// - Parameters:
    ///   - clock: Milliseconds that never go back.
    ///   - report: Called on the thread that fetched.
    ///   - onChange: What was learned from the keys before does not hold any more.
    public init(
        policy: Policy = Policy(), clock: @escaping @Sendable () -> Int64, fetch: @escaping Fetch,
        report: @escaping @Sendable (Report) -> Void, onChange: @escaping @Sendable () -> Void
    ) {
        self.policy = policy
        self.clock = clock
        self.fetch = fetch
        self.report = report
        self.onChange = onChange
        state = Lock(State(unknownAllowance: policy.unknownBurst, unknownSince: clock()))
    }

    /// Begins to fetch what is not there yet, so that the first request need not wait.
    public func prepare() {
        let begins = state.withLock { state in state.keys == nil && begin(&state, clock()) }
        if begins { start() }
    }

    /// The keys that may have made a signature.
    /// - Parameter mayWait: False for a final answer, which is never `pending`: who asks has waited before.
    func lookup(_ algorithm: SignatureAlgorithm, id: String?, mayWait: Bool = true) -> Lookup {
        let now = clock()
        let (answer, begins) = state.withLock { state -> (Lookup, Bool) in
            guard let keys = state.keys else { return waiting(&state, now) }
            var begins = false
            var validity = state.refreshAt - now
            if now >= state.refreshAt {
                begins = begin(&state, now)
                validity = state.freshUntil - now
            }
            if now >= state.freshUntil {
                if state.failureCount == 0 { return (canWait(state, begins), begins) }
                guard now < state.freshUntil + policy.outage else {
                    return (state.isFetching ? canWait(state, begins) : unavailable(state, now), begins)
                }
                // They are looked at again as soon as there may be better ones.
                validity = policy.firstPause
            }
            guard let candidates = keys.candidates(algorithm, id: id) else { return (.refused, begins) }
            if !candidates.isEmpty { return (.keys(candidates, forMilliseconds: max(validity, 0)), begins) }
            let (answer, beginsNow) = unknown(&state, now, mayWait: mayWait)
            return (answer, begins || beginsNow)
        }
        if begins { start() }
        if case .pending = answer, !mayWait { return .unavailable(retrySeconds: 1) }
        return answer
    }

    /// What becomes of a token that no known key has signed.
    func lookupUnknown(mayWait: Bool = true) -> Lookup {
        let now = clock()
        let (answer, begins) = state.withLock { state in unknown(&state, now, mayWait: mayWait) }
        if begins { start() }
        return answer
    }

    /// Calls the function when the fetch that is under way has ended, or at once when there is none.
    func whenFetched(_ body: @escaping @Sendable () -> Void) {
        let isWaiting = state.withLock { state in
            if state.isFetching { state.waiting.append(body) }
            return state.isFetching
        }
        if !isWaiting { body() }
    }

    // MARK: With the state's lock held

    /// Takes it upon the caller to fetch, unless somebody does already or it is too early after a failure.
    private func begin(_ state: inout State, _ now: Int64) -> Bool {
        guard !state.isFetching, now >= state.nextAttemptAt else { return false }
        state.isFetching = true
        return true
    }

    private func waiting(_ state: inout State, _ now: Int64) -> (Lookup, Bool) {
        let begins = begin(&state, now)
        return (state.isFetching ? canWait(state, begins) : unavailable(state, now), begins)
    }

    private func canWait(_ state: State, _ begins: Bool) -> Lookup {
        state.waiting.count < policy.maximumWaiting ? .pending(isNewest: begins) : .unavailable(retrySeconds: 1)
    }

    private func unavailable(_ state: State, _ now: Int64) -> Lookup {
        .unavailable(retrySeconds: Int(max(1, (state.nextAttemptAt - now + 999) / 1000)))
    }

    private func unknown(_ state: inout State, _ now: Int64, mayWait: Bool) -> (Lookup, Bool) {
        if !mayWait { return (state.failureCount > 0 ? unavailable(state, now) : .refused, false) }
        if state.isFetching { return (canWait(state, false), false) }
        // The key may be one that the issuer has made since it was heard of last.
        if state.failureCount > 0 { return waiting(&state, now) }
        let refill = (now - state.unknownSince) / policy.unknownInterval
        if refill > 0 {
            state.unknownAllowance = Int(min(Int64(policy.unknownBurst), Int64(state.unknownAllowance) + refill))
            state.unknownSince += refill * policy.unknownInterval
        }
        guard state.unknownAllowance > 0 else { return (.refused, false) }
        state.unknownAllowance -= 1
        return waiting(&state, now)
    }

    // MARK: Fetching

    private func start() {
        fetch { [self] result in
            switch result {
            case .success(let fetched):
                do throws(IdentityError) {
                    finish(try PublishedKeys(fetched.bytes), maximumAgeSeconds: fetched.maximumAgeSeconds)
                } catch { fail(error) }
            case .failure(let error): fail(error)
            }
        }
    }

    private func finish(_ keys: PublishedKeys, maximumAgeSeconds: Int64?) {
        let now = clock()
        let given = maximumAgeSeconds.map { max(0, min($0, policy.maximumAge / 1000)) * 1000 } ?? policy.defaultAge
        let age = min(max(given, policy.minimumAge), policy.maximumAge)
        let (isChanged, isRecovered, waiting) = state.withLock { state in
            let isChanged = state.keys != keys
            let isRecovered = state.failureCount > 0
            state.keys = keys
            state.failureCount = 0
            state.nextAttemptAt = .min
            state.freshUntil = now + age
            state.refreshAt = now + age / 5 * 4
            state.isFetching = false
            defer { state.waiting = [] }
            return (isChanged, isRecovered, state.waiting)
        }
        if isChanged { onChange() }
        if isRecovered { report(.recovered) }
        if isChanged { report(.changed(usable: keys.count, unusable: keys.unusableCount)) }
        for body in waiting { body() }
    }

    private func fail(_ error: IdentityError) {
        let now = clock()
        let (isFirst, waiting) = state.withLock { state in
            state.failureCount += 1
            let pause = min(policy.firstPause << Int64(min(state.failureCount - 1, 20)), policy.longestPause)
            state.nextAttemptAt = now + pause
            state.isFetching = false
            defer { state.waiting = [] }
            return (state.failureCount == 1, state.waiting)
        }
        if isFirst { report(.failed(error.message)) }
        for body in waiting { body() }
    }
}

/// Keys that a credential cannot be judged without, and that are being fetched.
public struct KeyWait: Sendable, Equatable {
    let keys: IssuerKeys
    /// Whether those that come are the newest that there are, so that who finds his not among them need not wait again.
    public let isNewest: Bool

    /// Calls the function when the keys are there or could not be had, on any thread, possibly before this returns.
    public func whenReady(_ body: @escaping @Sendable () -> Void) { keys.whenFetched(body) }

    /// Whether both wait for the same keys.
    public static func == (left: KeyWait, right: KeyWait) -> Bool { left.keys === right.keys }
}
