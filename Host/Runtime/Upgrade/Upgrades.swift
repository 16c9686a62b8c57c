import GantryCore
import GantryIdentity
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads

/// Moves tenants to another version of a module, one after the other, each watched for a while: the next one's turn
/// comes when nothing speaks against the new version. One upgrade at a time, on a thread of its own. Any thread.
final class Upgrades: Sendable {
    private struct State {
        var progress: [String: UpgradeProgress] = [:]
        var running: String?
        var isStopped = false
    }

    /// How often a new generation is looked at.
    private static let lookTime = Duration.milliseconds(100)

    private let directory: HostDirectory
    private let metrics: Metrics
    private let log: Log
    private let state = Monitor(State())

    init(directory: HostDirectory, metrics: Metrics, log: Log) {
        self.directory = directory
        self.metrics = metrics
        self.log = log
    }

    /// Begins an upgrade and returns at once. Throws `AdministrationError` when it cannot begin.
    func begin(
        _ definition: ModuleDefinition, _ settings: UpgradeSettings, isResumed: Bool = false, on supervisor: Supervisor
    ) throws -> UpgradeProgress {
        let module = definition.manifest.id
        let version = definition.manifest.version
        var progress = UpgradeProgress(module: module, version: version)
        for tenant in try settings.order(of: enabledTenants(of: module)) {
            let pin = try directory.pin(HostDirectory.Place(tenant: tenant, module: module))
            let from = pin?.version ?? version
            if ModuleVersion(version) < ModuleVersion(from), !settings.allowsDowngrade {
                throw AdministrationError(
                    code: "refused",
                    message: "Tenant `\(tenant)` is on `\(module)` \(from), and \(version) is older. "
                        + "`--allow-downgrade` goes back all the same.")
            }
            progress.steps.append(UpgradeProgress.Step(tenant: tenant, from: from))
        }
        let begun = progress
        let other = state.withLock { state -> String? in
            if state.isStopped { return "The host is stopping." }
            if let running = state.running { return "An upgrade of `\(running)` is under way." }
            state.running = module
            state.progress[module] = begun
            return nil
        }
        if let other { throw AdministrationError(code: "conflict", message: other) }
        do { try save(progress, settings) } catch {
            state.withLock { $0.running = nil }
            throw error
        }
        record(progress, isResumed ? "upgrade.resume" : "upgrade.begin", settings)
        log.write(
            .info, "An upgrade begins.", scope: LogScope(module: module),
            fields: [LogField("version", version), LogField("tenants", progress.steps.count)])
        DetachedThread.start { [self] in run(definition, settings, on: supervisor) }
        return progress
    }

    /// How far the last upgrade of a module is; nil when there was none since the start.
    func progress(of module: String) -> UpgradeProgress? { state.withLock { $0.progress[module] } }

    /// Lets no further tenant be moved, and waits for the move that is under way.
    func stop(until deadline: Deadline) {
        state.withLock { $0.isStopped = true }
        state.broadcast()
        _ = state.wait(until: deadline) { $0.running == nil ? true : nil }
    }

    private func enabledTenants(of module: String) throws -> [String] {
        try directory.enablements().filter { $0.module == module && $0.isEnabled }.map(\.tenant)
    }

    // MARK: On its own thread

    private func run(_ definition: ModuleDefinition, _ settings: UpgradeSettings, on supervisor: Supervisor) {
        let module = definition.manifest.id
        let count = state.withLock { $0.progress[module]?.steps.count ?? 0 }
        var end = (UpgradeProgress.State.done, "")
        for index in 0..<count {
            if state.withLock({ $0.isStopped }) {
                end = (.interrupted, "The host was stopped; `--resume` goes on.")
                break
            }
            guard let stop = move(index, definition, settings, on: supervisor) else { continue }
            end = stop
            break
        }
        finish(module, end, settings)
    }

    /// Moves one tenant.
    /// - Returns: how the upgrade ends with it; nil when the next tenant's turn comes.
    private func move(
        _ index: Int, _ definition: ModuleDefinition, _ settings: UpgradeSettings, on supervisor: Supervisor
    ) -> (UpgradeProgress.State, String)? {
        let module = definition.manifest.id
        guard let tenant = state.withLock({ $0.progress[module]?.steps[index].tenant }) else { return nil }
        let former = supervisor.servedDefinition(tenant: tenant, module: module)
        if former === definition {
            note(index, module, .moved, "It was on the version before.")
            return nil
        }
        note(index, module, .moving)
        let move: Supervisor.Move
        do {
            move = try supervisor.move(tenant: tenant, module: module, to: definition, moveSettings(settings))
        } catch {
            count(module, "failed")
            note(index, module, .failed, "\(error)")
            return (.failed, "Tenant `\(tenant)` stays on its version: \(error)")
        }
        note(index, module, .watching)
        record(index, module, index == 0 ? "upgrade.canary" : "upgrade.switch")
        let watching = UpgradeWatch(settings: settings, baseline: move.former.tally.reading)
        let objection = watch(move, watching)
        guard let objection else {
            let reading = move.next.tally.reading
            let shortage = index == 0 ? watching.shortage(of: reading) : nil
            note(index, module, .draining)
            move.drain(until: drainDeadline(settings))
            count(module, "moved")
            note(index, module, .moved, shortage ?? UpgradeWatch.summary(of: reading))
            return shortage.map { (.paused, Self.pause(tenant, version: definition.manifest.version, $0)) }
        }
        let way = WayBack(index: index, move: move, former: former, definition: definition, objection: objection)
        return goBack(way, settings, on: supervisor)
    }

    private static func pause(_ tenant: String, version: String, _ shortage: String) -> String {
        "Of tenant `\(tenant)` \(shortage). It stays on \(version); the tenants after it were not moved. `--resume` "
            + "goes on with them."
    }

    /// A move that is to be undone.
    private struct WayBack {
        let index: Int
        let move: Supervisor.Move
        let former: ModuleDefinition?
        let definition: ModuleDefinition
        let objection: String
    }

    private func goBack(
        _ way: WayBack, _ settings: UpgradeSettings, on supervisor: Supervisor
    ) -> (UpgradeProgress.State, String) {
        let (index, move, definition, objection) = (way.index, way.move, way.definition, way.objection)
        let (module, tenant) = (definition.manifest.id, move.next.tenant.id)
        defer { move.drain(until: drainDeadline(settings)) }
        guard move.isReversible, let former = way.former else {
            note(index, module, .moved, objection)
            return (
                .paused,
                "Tenant `\(tenant)` does worse: \(objection). There is no way back, since its migrations took "
                    + "something away; it stays on \(definition.manifest.version). The other tenants were not moved."
            )
        }
        do {
            let back = try supervisor.move(tenant: tenant, module: module, to: former, moveSettings(settings))
            count(module, "rolled-back")
            record(index, module, "upgrade.rollback", because: objection)
            note(index, module, .rolledBack, objection)
            back.drain(until: drainDeadline(settings))
            return (
                .rolledBack,
                "Tenant `\(tenant)` was moved back to \(former.manifest.version): \(objection). The tenants after it "
                    + "were not moved."
            )
        } catch {
            count(module, "failed")
            note(index, module, .failed, "\(error)")
            return (.failed, "Tenant `\(tenant)` does worse (\(objection)) and could not be moved back: \(error)")
        }
    }

    /// Looks at the new generation for the time of the watch.
    /// - Returns: what speaks against it; nil when nothing does.
    private func watch(_ move: Supervisor.Move, _ watch: UpgradeWatch) -> String? {
        let end = Deadline.after(.milliseconds(watch.settings.watchMilliseconds))
        while true {
            if let objection = watch.objection(to: move.next.tally.reading) { return objection }
            if end.hasPassed { return nil }
            let next = min(end, .after(Self.lookTime))
            // A host that stops leaves the tenant where it is.
            if state.wait(until: next, { $0.isStopped ? true : nil }) == true { return nil }
        }
    }

    private func moveSettings(_ settings: UpgradeSettings) -> Supervisor.MoveSettings {
        var moving = Supervisor.MoveSettings()
        moving.allowsDestructive = settings.allowsDestructive
        return moving
    }

    private func drainDeadline(_ settings: UpgradeSettings) -> Deadline {
        state.withLock { $0.isStopped } ? .now : .after(.milliseconds(settings.drainMilliseconds))
    }

    // MARK: Telling

    private func note(_ index: Int, _ module: String, _ step: UpgradeProgress.Step.State, _ message: String = "") {
        let noted = state.withLock { state -> UpgradeProgress.Step? in
            state.progress[module]?.steps[index].state = step
            state.progress[module]?.steps[index].message = message
            return state.progress[module]?.steps[index]
        }
        guard let noted else { return }
        let version = state.withLock { $0.progress[module]?.version ?? "" }
        let isWorse = step == .failed || step == .rolledBack
        log.write(
            isWorse ? .error : .info, "An upgrade goes on.", scope: LogScope(tenant: noted.tenant, module: module),
            fields: [
                LogField("step", step.rawValue), LogField("from", noted.from), LogField("to", version),
                LogField("reason", message),
            ])
        if [.moved, .rolledBack, .failed].contains(step) { record(noted, module, version) }
    }

    /// Tells the audit log that an upgrade begins, goes on or has ended.
    private func record(_ progress: UpgradeProgress, _ action: String, _ settings: UpgradeSettings) {
        var act = AuditAct(tenant: nil, actor: .host, action: action, target: progress.module)
        act.details = [
            "to": progress.version, "tenants": progress.steps.map(\.tenant).joined(separator: ","),
            "settings": settings.text.split(separator: "\n").joined(separator: " "),
        ]
        if action == "upgrade.end" {
            act.outcome = progress.state == .done ? .done : .failed
            act.details["state"] = progress.state.rawValue
            if !progress.message.isEmpty { act.details["reason"] = progress.message }
        }
        directory.audit.tell(act, log)
    }

    /// Tells the audit log, in the tenant's chain, that it is served by another version from this moment on.
    private func record(_ index: Int, _ module: String, _ action: String, because reason: String = "") {
        guard let progress = progress(of: module) else { return }
        let step = progress.steps[index]
        var act = AuditAct(tenant: step.tenant, actor: .host, action: action, target: module)
        let isBack = action == "upgrade.rollback"
        act.details = [
            "from": isBack ? progress.version : step.from, "to": isBack ? step.from : progress.version,
        ]
        if !reason.isEmpty { act.details["reason"] = reason }
        directory.audit.tell(act, log)
    }

    /// Tells the audit log what became of a tenant.
    private func record(_ step: UpgradeProgress.Step, _ module: String, _ version: String) {
        var act = AuditAct(
            tenant: step.tenant, actor: .host, action: "module.move", target: module,
            details: ["from": step.from, "to": version, "state": step.state.rawValue])
        act.outcome = step.state == .moved ? .done : .failed
        if !step.message.isEmpty { act.details["reason"] = step.message }
        directory.audit.tell(act, log)
    }

    private func count(_ module: String, _ outcome: String) {
        metrics.counter(
            "module_upgrades_total", help: "Tenants that an upgrade of a module has moved, or not.",
            labels: [("module", module), ("outcome", outcome)]
        ).increment()
    }

    private func finish(
        _ module: String, _ end: (state: UpgradeProgress.State, message: String), _ settings: UpgradeSettings
    ) {
        let progress = state.withLock { state -> UpgradeProgress? in
            state.progress[module]?.state = end.state
            state.progress[module]?.message = end.message
            return state.progress[module]
        }
        if let progress {
            record(progress, "upgrade.end", settings)
            do { try save(progress, settings) } catch {
                log.write(.error, "How an upgrade ended cannot be kept: \(error)", scope: LogScope(module: module))
            }
            log.write(
                end.state == .done ? .info : .warning, "An upgrade has ended.", scope: LogScope(module: module),
                fields: [
                    LogField("state", end.state.rawValue), LogField("version", progress.version),
                    LogField("reason", end.message),
                ])
        }
        state.withLock { $0.running = nil }
        state.broadcast()
    }

    private func save(_ progress: UpgradeProgress, _ settings: UpgradeSettings) throws(StoreError) {
        try directory.save(
            HostDirectory.UpgradeRecord(
                module: progress.module, version: progress.version, settings: settings.text,
                state: progress.state.rawValue, message: progress.message))
    }
}
