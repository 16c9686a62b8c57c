import CGantry
import GantryKit
import Glibc

/// The threads of a host for tests: one for short work and one for work that may wait, started when they are needed.
/// And its clock, which jumps to the next timer when nothing else is left to do.
final class HostThreads: Sendable {
    /// One piece of work; its context belongs to the module until it has run.
    struct Work: @unchecked Sendable {
        // Sendable: handed to one thread, as the interface has it.
        let run: () -> Void
    }

    private struct Timer {
        let number: UInt64
        let time: Int64
        let work: Work
    }

    private struct State {
        var short: [Work] = []
        var blocking: [Work] = []
        var timers: [Timer] = []
        var lastTimer: UInt64 = 0
        var isShortBusy = false
        var isBlockingBusy = false
        /// Entries of the module that are under way on the test's thread.
        var entries = 0
        /// Threads of the test that wait for the module.
        var waiters = 0
        var hasShortThread = false
        var hasBlockingThread = false
        var isClosed = false
        /// Threads on which nothing may wait now.
        var impatient: [UInt: Int] = [:]
        /// Every thread that this host has called the module on.
        var seen: Set<UInt> = []
        /// The clocks stand still but for what timers and tests let pass.
        var wallNanoseconds = HostThreads.realNanoseconds
        var monotonicNanoseconds = MonotonicTime.nanoseconds
        var activity = 0
    }

    private let state = Monitor(State())
    /// Held while an instance that is entered serially is inside.
    private let entrance: Monitor<Bool>?
    /// How long everything must be quiet before a timer fires although an entry is under way.
    private static let quietNanoseconds: Int64 = 5_000_000

    init(isSerial: Bool) { entrance = isSerial ? Monitor(false) : nil }

    // MARK: the clock

    var monotonicNanoseconds: Int64 { state.withLock { $0.monotonicNanoseconds } }

    var wallMilliseconds: Int64 {
        get { state.withLock { $0.wallNanoseconds / 1_000_000 } }
        set { state.withLock { $0.wallNanoseconds = newValue * 1_000_000 } }
    }

    private static var realNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Lets time pass: timers that are due then run soon.
    func advance(byNanoseconds nanoseconds: Int64) {
        let isDue = state.withLock { state in
            Self.advance(&state, nanoseconds)
            return !state.short.isEmpty
        }
        if isDue { startShortThread() }
        state.broadcast()
    }

    private static func advance(_ state: inout State, _ nanoseconds: Int64) {
        state.monotonicNanoseconds += nanoseconds
        state.wallNanoseconds += nanoseconds
        let now = state.monotonicNanoseconds
        let due = state.timers.filter { $0.time <= now }.sorted { $0.time < $1.time }
        state.timers.removeAll { $0.time <= now }
        state.short += due.map(\.work)
    }

    // MARK: work

    func submit(_ work: Work) {
        state.withLock { state in
            state.short.append(work)
            state.activity += 1
        }
        startShortThread()
        state.broadcast()
    }

    func submitBlocking(_ work: Work) {
        let starts = state.withLock { state in
            state.blocking.append(work)
            state.activity += 1
            defer { state.hasBlockingThread = true }
            return !state.hasBlockingThread
        }
        if starts { Self.startThread { self.runBlocking() } }
        state.broadcast()
    }

    func submit(afterNanoseconds delay: Int64, _ work: Work) -> UInt64 {
        let number = state.withLock { state in
            state.lastTimer += 1
            state.activity += 1
            let time = state.monotonicNanoseconds.addingReportingOverflow(delay)
            state.timers.append(
                Timer(number: state.lastTimer, time: time.overflow ? .max : time.partialValue, work: work))
            return state.lastTimer
        }
        startShortThread()
        state.broadcast()
        return number
    }

    /// Whether the timer had not fired yet; its work will not run then.
    func cancel(_ number: UInt64) -> Bool {
        state.withLock { state in
            let count = state.timers.count
            state.timers.removeAll { $0.number == number }
            return state.timers.count < count
        }
    }

    /// Has all timers fire at once, as when an instance quiesces.
    func fireTimers() {
        let fires = state.withLock { state in
            defer { state.timers = [] }
            state.short += state.timers.sorted { $0.time < $1.time }.map(\.work)
            return !state.timers.isEmpty
        }
        guard fires else { return }
        startShortThread()
        state.broadcast()
    }

    /// Waits until no work is left; false when there is still some after so many nanoseconds.
    func waitUntilIdle(nanoseconds: Int64) -> Bool {
        state.wait(untilNanoseconds: MonotonicTime.nanoseconds + nanoseconds) { state -> Bool? in
            state.short.isEmpty && state.blocking.isEmpty && !state.isShortBusy && !state.isBlockingBusy ? true : nil
        } ?? false
    }

    /// Ends the threads once their work is done.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    // MARK: entering the module

    /// Calls the module on this thread as the host does: alone, where the manifest says `serial`.
    func enter<Result>(isImpatient: Bool, isWork: Bool = false, _ body: () -> Result) -> Result {
        if let entrance {
            _ = entrance.wait { isInside -> Bool? in
                guard !isInside else { return nil }
                isInside = true
                return true
            }
        }
        let thread = UInt(pthread_self())
        state.withLock { state in
            state.seen.insert(thread)
            if isImpatient { state.impatient[thread, default: 0] += 1 }
            if !isWork { state.entries += 1 }
        }
        defer {
            state.withLock { state in
                if isImpatient { state.impatient[thread, default: 1] -= 1 }
                if !isWork { state.entries -= 1 }
                state.activity += 1
            }
            state.broadcast()
            if let entrance {
                entrance.withLock { $0 = false }
                entrance.broadcast()
            }
        }
        return body()
    }

    /// Whether this thread must not wait now.
    var isImpatient: Bool { state.withLock { $0.impatient[UInt(pthread_self()), default: 0] > 0 } }

    /// Every thread that this host has called the module on.
    var numbers: Set<UInt64> { Set(state.withLock { $0.seen }.map(UInt64.init)) }

    /// Runs `body` on a thread of its own after so much real time.
    func submit(afterRealNanoseconds delay: Int64, _ body: @escaping @Sendable () -> Void) {
        let end = MonotonicTime.nanoseconds + delay
        Self.startThread {
            while MonotonicTime.nanoseconds < end { usleep(1000) }
            body()
        }
    }

    /// Runs `body`, which waits for the module: meanwhile the clock jumps where only timers are left.
    func waiting<Result>(_ body: () -> Result) -> Result {
        state.withLock { $0.waiters += 1 }
        state.broadcast()
        defer { state.withLock { $0.waiters -= 1 } }
        return body()
    }

    // MARK: threads

    private func startShortThread() {
        let starts = state.withLock { state in
            defer { state.hasShortThread = true }
            return !state.hasShortThread
        }
        if starts { Self.startThread { self.runShort() } }
    }

    private func runShort() {
        while let work = nextShort() {
            enter(isImpatient: true, isWork: true) { work.run() }
            state.withLock { $0.isShortBusy = false }
            state.broadcast()
        }
    }

    private enum Step {
        case work(Work)
        case quiet(since: Int)
        case closed
    }

    /// Waits for work, which may be a timer that is due because nothing else is left to do; nil when the host is
    /// closed.
    private func nextShort() -> Work? {
        var quiet: (activity: Int, end: Int64)?
        while true {
            let step = state.wait(untilNanoseconds: quiet?.end ?? .max) { state -> Step? in
                if !state.short.isEmpty {
                    state.isShortBusy = true
                    return .work(state.short.removeFirst())
                }
                if state.isClosed { return .closed }
                guard !state.timers.isEmpty, state.blocking.isEmpty, !state.isBlockingBusy else { return nil }
                if state.entries == 0 { return state.waiters > 0 ? Self.takeTimer(&state).map(Step.work) : nil }
                guard let quiet, quiet.activity == state.activity else { return .quiet(since: state.activity) }
                return MonotonicTime.nanoseconds >= quiet.end ? Self.takeTimer(&state).map(Step.work) : nil
            }
            switch step {
            case .work(let work): return work
            case .quiet(let activity): quiet = (activity, MonotonicTime.nanoseconds + Self.quietNanoseconds)
            case .closed: return nil
            case nil: break
            }
        }
    }

    /// Jumps to the first timer.
    private static func takeTimer(_ state: inout State) -> Work? {
        guard let first = state.timers.min(by: { $0.time < $1.time }) else { return nil }
        state.timers.removeAll { $0.number == first.number }
        if first.time > state.monotonicNanoseconds { advance(&state, first.time - state.monotonicNanoseconds) }
        state.isShortBusy = true
        return first.work
    }

    private func runBlocking() {
        while true {
            let next = state.wait { state -> Work?? in
                if !state.blocking.isEmpty {
                    state.isBlockingBusy = true
                    return .some(state.blocking.removeFirst())
                }
                return state.isClosed ? .some(nil) : nil
            }
            guard case .some(.some(let work)) = next else { return }
            state.withLock { _ = $0.seen.insert(UInt(pthread_self())) }
            work.run()
            state.withLock { $0.isBlockingBusy = false }
            state.broadcast()
        }
    }

    private final class Start: @unchecked Sendable {
        // Sendable: handed to the new thread, which alone uses it.
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    private static func startThread(_ body: @escaping () -> Void) {
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(Start(body)).toOpaque())
        precondition(status == 0, "no thread")
        pthread_detach(thread)
    }
}
