import GantryCore
import GantryGateway
import GantryLoader
import GantryTelemetry
import GantryThreads
import Synchronization

/// The place of one module of one tenant while it is enabled in one way. The instance in it is started when the first
/// request, event or due job wants it, once for all who wait, and stopped again when nobody has wanted it for long.
/// There is never more than one. Any thread; nothing but `end` and `withInstance` waits.
final class InstanceSlot: ModuleSource {
    enum Phase {
        case idle
        case starting
        case running(RunningModule, TenantEvents?)
        case stopping
        case failed(StartFailure)
        /// Takes no call any more; those who want one wait for the generation that takes its place.
        case leaving(RunningModule)
        /// Another generation has taken its place.
        case retired(InstanceSlot)
        /// Not enabled any more, or not in this way, or the host is stopping.
        case ended
    }

    struct State {
        var phase = Phase.idle
        /// Those who wait for the end of `starting` or `stopping`.
        var receivers: [@Sendable ((any ModuleSource)?) -> Void] = []
        var failureCount = 0
        /// Whether it is to end as soon as it can.
        var isEnding = false
        /// Whether another generation is about to take its place, so that it must not be stopped for being idle.
        var isMoving = false
        /// Sweeps in a row in which nobody wanted the instance.
        var quietCount = 0
    }

    /// Why the instance could not be started.
    struct StartFailure {
        var message: String
        /// Whether the database or its migrations are at fault.
        var isOfDatabase: Bool
        /// CLOCK_MONOTONIC from which on another start is tried; `Int64.max` for never.
        var retryNanoseconds: Int64
        /// Whether it ran and was ended because its bundle was revoked.
        var isRevoked = false
    }

    let tenant: HostedTenant
    let module: TenantProfile.Module
    let resources: InstanceResources
    let gate = InstanceGate()
    /// What its requests came to.
    let tally = GenerationTally()
    let state = Lock(State())
    /// `StartFailure.retryNanoseconds`, for those who only look; 0 while there is no failure.
    let unavailableUntil = Atomic<Int64>(0)

    var place: HostDirectory.Place { HostDirectory.Place(tenant: tenant.id, module: module.id) }
    var scope: LogScope { LogScope(tenant: tenant.id, module: module.id) }

    init(_ module: TenantProfile.Module, of tenant: HostedTenant, resources: InstanceResources) {
        self.module = module
        self.tenant = tenant
        self.resources = resources.isolated(module: module.id, module.isolation)
    }

    // MARK: ModuleSource

    func isAvailable(atNanoseconds now: Int64) -> Bool {
        let until = unavailableUntil.load(ordering: .relaxed)
        return until == 0 || (until != .max && now >= until)
    }

    func enter() -> (any ModulePort)? { gate.borrow() }

    func leave() { gate.giveBack() }

    func didAnswer(status: Int, durationNanoseconds: Int64?) {
        tally.add(status: status, durationNanoseconds: durationNanoseconds)
    }

    func start(_ receive: @escaping @Sendable ((any ModuleSource)?) -> Void) {
        let now = Deadline.now.monotonicNanoseconds
        let next = state.withLock { state -> StartStep in
            switch state.phase {
            case .running: return .answer(self)
            case .ended: return .answer(nil)
            case .retired(let successor): return .forward(successor)
            case .failed(let failure) where now < failure.retryNanoseconds || failure.retryNanoseconds == .max:
                return .answer(nil)
            case .starting, .stopping, .leaving:
                state.receivers.append(receive)
                return .wait
            case .idle, .failed:
                if state.isEnding { return .answer(nil) }
                state.receivers.append(receive)
                state.phase = .starting
                return .run
            }
        }
        switch next {
        case .answer(let source): return receive(source)
        case .forward(let successor): return successor.start(receive)
        case .wait: return
        case .run: if resources.startPool.submitReserved({ self.run() }) { return }
        }
        finish(.failed(StartFailure(message: "The host is stopping.", isOfDatabase: false, retryNanoseconds: .max)))
    }

    private enum StartStep {
        case answer(InstanceSlot?)
        case forward(InstanceSlot)
        case wait
        case run
    }

    /// Runs the body with the instance, which is started first where it must be; nil when that fails or takes longer.
    func withInstance<Result>(until deadline: Deadline, _ body: (ModuleInstance) -> Result) -> Result? {
        var slot = self
        while true {
            slot = slot.newest
            if let instance = slot.gate.borrow() {
                defer { slot.gate.giveBack() }
                return body(instance)
            }
            guard slot.startAndWait(until: deadline) else { return nil }
        }
    }

    /// The slot of the newest generation that has taken this one's place; itself when none has.
    var newest: InstanceSlot {
        var slot = self
        while let successor = slot.successor { slot = successor }
        return slot
    }

    private var successor: InstanceSlot? {
        state.withLock { state in
            if case .retired(let successor) = state.phase { successor } else { nil }
        }
    }

    /// Starts the instance unless it runs, and waits for that; false when it fails or takes longer.
    func startAndWait(until deadline: Deadline = .never) -> Bool {
        let outcome = Monitor<Bool?>(nil)
        start { source in
            outcome.withLock { $0 = source != nil }
            outcome.signal()
        }
        return outcome.wait(until: deadline) { $0 } ?? false
    }

    // MARK: Starting

    private func run() {
        do {
            let definition = try tenant.definition(of: module)
            try resources.grants.admit(definition.manifest, tenant: tenant.id)
            try definition.checkConfiguration(module.configuration)
            let running = try RunningModule(
                module.enablement(tenant: tenant.id), definition: definition, resources: resources
            ) { [tenant] in tenant.subscribers(to: definition.manifest) }
            let events = tenant.events(of: running)
            // Before the instance is lent to anybody, so that an end of it comes after these beginnings.
            events?.start()
            startJobs(running)
            finish(.running(running, events))
        } catch {
            let error = resources.fleet.explained(error, module, tenant: tenant.id)
            resources.log.write(.error, "A module could not be started: \(error)", scope: scope)
            let failureCount = state.withLock { state in
                state.failureCount += 1
                return state.failureCount
            }
            finish(.failed(StartFailure(error, failureCount: failureCount)))
        }
    }

    private func finish(_ phase: Phase) {
        let isEnding = state.withLock { state in
            if state.isEnding { return true }
            state.phase = phase
            state.quietCount = 0
            guard case .running(let running, _) = phase else { return false }
            state.failureCount = 0
            unavailableUntil.store(0, ordering: .relaxed)
            gate.open(running.instance)
            return false
        }
        if isEnding {
            if case .running(let module, let events) = phase {
                stopRunning(module, events, until: .after(Self.stopTime))
            }
            return settle(.ended, answer: false)
        }
        switch phase {
        case .running:
            resources.registry.didStart(self)
            answerAll(true)
        case .failed(let failure):
            unavailableUntil.store(failure.retryNanoseconds, ordering: .relaxed)
            resources.registry.didFail(self, failure)
            answerAll(false)
        case .idle, .starting, .stopping, .leaving, .retired, .ended:
            preconditionFailure("a start ends in one of two ways")
        }
    }

    func startJobs(_ running: RunningModule) {
        do { try running.startJobs() } catch {
            resources.log.write(
                .error, "Jobs cannot be run before the module or the host is started again: \(error)", scope: scope)
        }
    }

    func settle(_ phase: Phase, answer: Bool) {
        if case .ended = phase { unavailableUntil.store(.max, ordering: .relaxed) }
        state.withLock { $0.phase = phase }
        answerAll(answer)
    }

    func answerAll(_ answer: Bool) {
        let receivers = state.withLock { state in
            defer { state.receivers = [] }
            return state.receivers
        }
        for receive in receivers { receive(answer ? self : nil) }
    }
}

extension InstanceSlot.StartFailure {
    private static let firstWait = Duration.seconds(10)
    private static let doublingCount = 6

    /// The failure, with a wait before the next try that doubles from ten seconds to ten minutes. What did not return
    /// is not tried again: each try would leave a thread behind.
    init(_ error: any Error, failureCount: Int) {
        message = "\(error)"
        isOfDatabase = error is DatabaseFailure
        if let unavailable = error as? WorkerUnavailable {
            retryNanoseconds = unavailable.retryNanoseconds
            return
        }
        let wait = Self.firstWait * (1 << min(failureCount - 1, Self.doublingCount))
        retryNanoseconds =
            (error as? HostError)?.code == .hung ? .max : Deadline.after(wait).monotonicNanoseconds
    }
}
