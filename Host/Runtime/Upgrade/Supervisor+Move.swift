import GantryCore
import GantryGateway
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads

extension Supervisor {
    /// How one tenant's module is moved to another build.
    struct MoveSettings: Sendable {
        /// How long requests may wait while the old generation hands over its state, and events and jobs that are under
        /// way may take to end.
        var pause = Duration.seconds(10)
        /// Whether migrations may take something away, after which there is no way back.
        var allowsDestructive = false
    }

    /// A move that was made: the tenant is served by the new generation, and the old one still answers what it began.
    struct Move: Sendable {
        let former: InstanceSlot
        let next: InstanceSlot
        /// The old generation, to be drained; nil when it has ended already.
        let running: RunningModule?
        /// Whether the old build could serve the tenant again.
        let isReversible: Bool

        /// Waits for the old generation's last calls and stops it.
        func drain(until deadline: Deadline) {
            if let running { former.drain(running, until: deadline) }
        }
    }

    /// What one move works with.
    private struct MovePlan {
        let tenant: HostedTenant
        let present: TenantProfile.Module
        let wanted: TenantProfile
        let definition: ModuleDefinition
        let former: InstanceSlot
        let next: InstanceSlot
        /// What the tenant goes back to.
        var pin: HostDirectory.Pin

        var place: HostDirectory.Place { next.place }
        /// What the tenant goes to.
        var nextPin: HostDirectory.Pin {
            HostDirectory.Pin(version: definition.manifest.version, toleratedVersion: pin.toleratedVersion)
        }

        /// The same where the version that the tenant goes back to can work with migrations up to that number.
        func tolerating(_ version: Int) -> MovePlan {
            var plan = self
            plan.pin.toleratedVersion = max(plan.pin.toleratedVersion, version)
            return plan
        }
    }

    /// Serves a tenant's module from another build from now on, without a moment in between: the new generation is
    /// loaded, migrated to and started beside the old one. When it throws, the tenant is served as before.
    func move(
        tenant id: String, module: String, to definition: ModuleDefinition, _ settings: MoveSettings
    ) throws -> Move {
        try changing {
            let plan = try plan(tenant: id, module: module, to: definition)
            guard let running = plan.former.beginMove() else {
                plan.former.endMove()
                return try moveAlone(plan, settings)
            }
            do {
                let destructive = try destructiveMigrations(plan, running)
                guard let first = destructive.first else { return try moveBeside(plan, running, settings) }
                if !settings.allowsDestructive { throw Self.refusal(of: destructive, plan) }
                // Nothing of the old generation may see what such a migration leaves.
                return try moveAlone(plan.tolerating(first.version - 1), settings)
            } catch {
                plan.former.endMove()
                throw error
            }
        }
    }

    private func plan(tenant id: String, module: String, to definition: ModuleDefinition) throws -> MovePlan {
        let tenant = try tenant(id)
        let profile = tenant.profile
        guard let present = profile.module(module), let former = tenant.slot(module) else {
            throw HostError(.configuration, "`\(module)` is not enabled for tenant `\(id)`.")
        }
        let next = profiles.module(present.enablement(tenant: id), definition)
        let wanted = profiles.profile(profile.modules.filter { $0.id != module } + [next])
        if let conflict = wanted.conflict { throw HostError(.configuration, "Tenant `\(id)`: \(conflict)") }
        try resources.grants.admit(definition.manifest, tenant: id)
        try definition.checkConfiguration(present.configuration)
        let pin = try directory.pin(former.place)
        return MovePlan(
            tenant: tenant, present: present, wanted: wanted, definition: definition, former: former,
            next: InstanceSlot(next, of: tenant, resources: resources),
            pin: pin ?? HostDirectory.Pin(version: present.definition?.manifest.version ?? ""))
    }

    /// The pending migrations that would take something away.
    private func destructiveMigrations(_ plan: MovePlan, _ running: RunningModule) throws -> [Migration] {
        guard let database = running.database else { return [] }
        let migrator = MigrationInspection.migrator(
            database, plan.definition, tolerating: plan.pin.toleratedVersion)
        return try migrator.pending().filter { !DestructiveStatement.find(in: $0).isEmpty }
    }

    private static func refusal(of migrations: [Migration], _ plan: MovePlan) -> HostError {
        let statements = migrations.flatMap(DestructiveStatement.find)
        return HostError(
            .configuration,
            "`\(plan.place.module)` \(plan.definition.manifest.version) has migrations that take something away "
                + "(\(statements.map(\.description).joined(separator: ", "))): the old version cannot work with what "
                + "they leave, so there is no way back but the restore point. `--allow-destructive` moves the tenant "
                + "all the same; its requests wait meanwhile.")
    }

    // MARK: Beside each other

    private func moveBeside(_ plan: MovePlan, _ running: RunningModule, _ settings: MoveSettings) throws -> Move {
        // Noted before the first migration: a kill after it leaves a database that the old version may open.
        let versions = [plan.present.definition, plan.definition].map { $0?.migrations.last?.version ?? 0 }
        let plan = plan.tolerating(versions.max() ?? 0)
        try directory.setPin(plan.pin, plan.place)
        let prepared = try plan.next.prepare(beside: running)
        let publishers = publishers(to: plan)
        let deadline = Deadline.after(settings.pause)
        for slot in publishers { slot.pauseEvents(until: deadline) }
        plan.former.pauseEvents(until: deadline)
        if !running.stopBackground(until: deadline) {
            resources.log.write(
                .info, "Jobs of the old generation go on while the new one serves.",
                scope: plan.next.scope)
        }
        do {
            try handOver(plan, running, to: prepared, settings)
            try directory.setPin(plan.nextPin, plan.place)
            plan.next.open(prepared)
            try install(plan.next, plan.wanted, for: plan.tenant)
        } catch {
            // What was paused cannot go on where it stopped: the old build is started anew.
            plan.next.discard(prepared)
            return try startAgain(plan, because: error, settings)
        }
        let definition = plan.definition
        running.noteSuccessor(prepared) { [tenant = plan.tenant] in tenant.subscribers(to: definition.manifest) }
        plan.former.retire(to: plan.next)
        plan.next.beginJobs()
        for slot in publishers + [plan.next] { slot.reconnectEvents() }
        return Move(former: plan.former, next: plan.next, running: running, isReversible: true)
    }

    /// Gives the new generation what the old one holds in memory, where both know how; requests wait meanwhile.
    private func handOver(
        _ plan: MovePlan, _ running: RunningModule, to prepared: RunningModule, _ settings: MoveSettings
    ) throws {
        guard running.instance.handsOverState, prepared.instance.handsOverState else { return }
        _ = plan.former.leave(until: .after(settings.pause))
        guard let state = try running.exportState(within: settings.pause) else { return }
        if try !prepared.importState(state) {
            resources.log.write(
                .warning, "The state of the old generation is of a version that the new one does not know.",
                scope: plan.next.scope, fields: [LogField("state_version", state.version)])
        }
    }

    /// The tenant's modules whose events the module takes, before the move or after it; without itself.
    private func publishers(to plan: MovePlan) -> [InstanceSlot] {
        let wanted = [plan.present.definition, plan.definition].flatMap { $0?.manifest.subscriptions ?? [] }.map(
            \.event)
        return plan.tenant.usedSlots.filter { slot in
            guard slot !== plan.former, let manifest = slot.module.definition?.manifest else { return false }
            return manifest.publishes.contains(where: wanted.contains)
        }
    }

    /// Gives the tenant the profile with the slot in it, in one moment, and shows it to the gateway.
    private func install(_ slot: InstanceSlot, _ profile: TenantProfile, for tenant: HostedTenant) throws {
        let former = tenant.profile
        _ = tenant.replaceProfile(profile, putting: slot)
        registry.count(profile, 1)
        registry.count(former, -1)
        if let record = try directory.tenant(tenant.id) { try gateway.update([Self.entry(record, tenant)]) }
    }

    // MARK: One after the other

    /// Ends the old generation before the new one begins; requests wait meanwhile.
    private func moveAlone(_ plan: MovePlan, _ settings: MoveSettings) throws -> Move {
        let points = RestorePoints(
            databasePath: resources.folder.databasePath(tenant: plan.place.tenant, module: plan.place.module))
        let before = Set(points.list().map(\.name))
        end(plan, until: .after(settings.pause))
        do {
            // Before the migrations: once one has taken something away, only the new version can go on from there.
            try directory.setPin(plan.nextPin, plan.place)
            try start(plan.next, plan.wanted, plan)
            plan.former.retire(to: plan.next)
            for slot in publishers(to: plan) { slot.reconnectEvents() }
            return Move(former: plan.former, next: plan.next, running: nil, isReversible: false)
        } catch {
            // Nobody has written since: the database of before is put back.
            if let point = points.list().last(where: { !before.contains($0.name) }) {
                plan.next.end(until: .after(Self.stopTime))
                _ = try points.restore(point.name, pool: resources.storePool)
                try directory.saveSchema("", plan.place)
            }
            return try startAgain(plan, because: error, settings)
        }
    }

    private func end(_ plan: MovePlan, until deadline: Deadline) {
        guard let running = plan.former.leave(until: deadline) ?? plan.former.leavingModule else { return }
        plan.former.stopRunning(running, nil, until: .after(Self.stopTime))
    }

    private func start(_ slot: InstanceSlot, _ profile: TenantProfile, _ plan: MovePlan) throws {
        guard slot.startAndWait() else {
            throw HostError(.bundle, slot.failure?.message ?? "The host is stopping.")
        }
        try install(slot, profile, for: plan.tenant)
    }

    /// Starts the old build anew after a move that failed half way. Always throws.
    private func startAgain(_ plan: MovePlan, because error: any Error, _ settings: MoveSettings) throws -> Move {
        try directory.setPin(plan.pin, plan.place)
        end(plan, until: .after(settings.pause))
        let slot = InstanceSlot(plan.present, of: plan.tenant, resources: resources)
        let others = plan.tenant.profile.modules.filter { $0.id != plan.present.id }
        try start(slot, profiles.profile(others + [plan.present]), plan)
        plan.former.retire(to: slot)
        for slot in publishers(to: plan) { slot.reconnectEvents() }
        throw error
    }
}
