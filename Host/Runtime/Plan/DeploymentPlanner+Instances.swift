import GantryCore
import GantryStore

extension DeploymentPlanner {
    /// What has to be done for one instance; nil when nothing has.
    func step(
        for wanted: HostDirectory.Enablement, former: HostDirectory.Enablement?, outlook: MigrationOutlook?
    ) -> (DeploymentPlan.Step.Action, [String])? {
        guard let former, former.isEnabled else {
            return (
                .start, [former == nil ? "starts it" : "starts it again; its data was kept"] + Self.settings(wanted)
            )
        }
        let changes = Self.changes(from: former, to: wanted)
        if !changes.isEmpty { return (.change, changes) }
        if situation.runsOtherBuild(wanted) { return (.upgrade, ["starts it again from the build that was found"]) }
        if let failure = situation.failure(wanted) { return (.start, ["starts it again; it has failed: \(failure)"]) }
        if let outlook, !outlook.pending.isEmpty { return (.migrate, ["runs its migrations"]) }
        // Told apart from one that a command made.
        let isDeclared = situation.declarations[wanted.key] == wanted.declaration
        return isDeclared ? nil : (.change, ["is declared from now on"])
    }

    private static func settings(_ enablement: HostDirectory.Enablement) -> [String] {
        var details: [String] = []
        if enablement.configuration != "{}" { details.append("configuration \(enablement.configuration)") }
        if enablement.limits != "{}" { details.append("limits \(enablement.limits)") }
        if !enablement.mount.isEmpty { details.append("mount \(enablement.mount)") }
        return details
    }

    private static func changes(
        from former: HostDirectory.Enablement, to wanted: HostDirectory.Enablement
    ) -> [String] {
        [
            ("configuration", former.configuration, wanted.configuration), ("limits", former.limits, wanted.limits),
            ("mount", former.mount, wanted.mount),
        ].compactMap { name, before, after in
            before == after ? nil : "\(name) \(before.isEmpty ? "none" : before) → \(after.isEmpty ? "none" : after)"
        }
    }

    /// The outlook, after noting what keeps the migrations from being run.
    mutating func checkedOutlook(_ enablement: HostDirectory.Enablement) -> MigrationOutlook? {
        guard let outlook = situation.outlook(enablement) else { return nil }
        if !outlook.isFit {
            let code =
                switch outlook.state {
                case .ahead: "ahead"
                case .altered: "drift"
                default: "unreadable"
                }
            add(code, enablement.tenant, enablement.module, outlook.message ?? "The database cannot be read.")
        } else if let holder = outlook.holder {
            add("locked", enablement.tenant, enablement.module, Administration.text(holder))
        }
        return outlook
    }

    mutating func missingBundle(_ module: String, _ tenant: String) {
        let fault = situation.catalog.fault(of: module)
        add(
            "missing_module", tenant, module,
            fault ?? "There is no bundle of `\(module)` in \(deployment.bundleFolders.joined(separator: ", ")).")
    }

    mutating func checkConfiguration(_ enablement: HostDirectory.Enablement, _ definition: ModuleDefinition) {
        for finding in definition.configurationFindings(enablement.configuration) {
            add("configuration", enablement.tenant, enablement.module, finding)
        }
    }

    /// No obstacle: a secret can only be set for a tenant that is there, and the plan may be what makes it.
    mutating func noteMissingSecrets(_ enablement: HostDirectory.Enablement, _ definition: ModuleDefinition) {
        for name in situation.missingSecrets(enablement, definition.manifest) {
            note(
                enablement,
                "needs the secret `\(name)` and answers 503 before it has it: `gantry secret set \(name) --tenant "
                    + "\(enablement.tenant) --module \(enablement.module)`, then `gantry module enable`")
        }
    }

    /// The routes and services of all that the tenant will have, also of what commands enabled.
    mutating func checkRoutes(of tenant: Deployment.Tenant) {
        let declared = Dictionary(uniqueKeysWithValues: tenant.modules.map { ($0.id, $0) })
        var modules: [HostDirectory.Enablement] = []
        for enablement in enablements[tenant.id] ?? [] where enablement.isEnabled {
            let isWithdrawn = situation.declarations[enablement.key] != nil && declared[enablement.module] == nil
            if declared[enablement.module] == nil, !isWithdrawn { modules.append(enablement) }
        }
        for module in tenant.modules {
            let wanted = HostDirectory.Enablement(module, of: tenant.id)
            let isUnchanged = situation.declarations[wanted.key] == wanted.declaration
            let effective = isUnchanged ? present[wanted.key] ?? wanted : wanted
            if effective.isEnabled { modules.append(effective) }
        }
        if let conflict = situation.routeConflict(tenant.id, modules) {
            add("route_conflict", tenant.id, "", conflict)
        }
        let manifests = modules.compactMap { situation.catalog.definitions[$0.module]?.manifest }
        for problem in ServiceGraph(manifests).problems {
            add(problem.code, tenant.id, problem.module, problem.message)
        }
    }

    /// Stops what the file once declared and declares no longer.
    mutating func planWithdrawals(of tenant: String, except modules: Set<String>) {
        for module in (declared[tenant] ?? []).filter({ !modules.contains($0) }).sorted() {
            let key = HostDirectory.InstanceKey(tenant: tenant, module: module)
            plan.steps.append(
                DeploymentPlan.Step(
                    action: .stop, tenant: tenant, module: module,
                    details: [
                        present[key]?.isEnabled == true
                            ? "stops its routes, subscriptions and jobs; its data is kept"
                            : "is declared no longer; a command has disabled it before"
                    ],
                    arguments: ["tenant": tenant, "module": module]))
        }
    }

    mutating func planWithdrawals(except tenants: Set<String>) {
        for tenant in Set(declared.keys).subtracting(tenants).sorted() { planWithdrawals(of: tenant, except: []) }
    }

    /// Instances that a command made are left alone, and said to be behind where they are.
    mutating func noteThoseBehind() {
        let declared = Set(
            deployment.tenants.flatMap { tenant in
                tenant.modules.map { HostDirectory.InstanceKey(tenant: tenant.id, module: $0.id) }
            })
        for enablement in situation.enablements where enablement.isEnabled && !declared.contains(enablement.key) {
            if situation.declarations[enablement.key] != nil { continue }
            let pending = situation.outlook(enablement)?.pending.count ?? 0
            if pending > 0 || situation.runsOtherBuild(enablement) {
                note(
                    enablement,
                    "is behind\(pending > 0 ? " by \(PlanText.count(pending, "migration"))" : ""); it was enabled by a "
                        + "command, so `gantry migrate apply --tenant \(enablement.tenant)` brings it up to date")
            }
        }
    }

    /// Says where a tenant is on another version than the file names, or than the newest.
    mutating func note(_ enablement: HostDirectory.Enablement, on version: String?, declared: String?) {
        let newest = situation.catalog.definitions[enablement.module]?.manifest.version
        guard let version, let wanted = declared ?? newest, version != wanted else { return }
        note(
            enablement,
            "is on version \(version), \(declared == nil ? "the newest" : "the file's") is \(wanted): `gantry module "
                + "upgrade \(enablement.module) --to \(wanted) --tenants \(enablement.tenant)` moves it")
    }

    mutating func add(_ code: String, _ tenant: String, _ module: String, _ message: String) {
        plan.obstacles.append(
            DeploymentPlan.Obstacle(code: code, tenant: tenant, module: module, message: message))
    }

    mutating func note(_ enablement: HostDirectory.Enablement, _ message: String) {
        plan.notes.append(
            DeploymentPlan.Note(tenant: enablement.tenant, module: enablement.module, message: message))
    }
}
