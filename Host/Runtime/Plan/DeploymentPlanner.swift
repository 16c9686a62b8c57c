import GantryCore
import GantryStore

/// Finds what lies between a deployment file and what is.
///
/// An entry of the file counts as `serve` counts it: it takes effect when it is new or differs from the one that was
/// applied last. So what a command did since stays, and what the file never named is left alone.
struct DeploymentPlanner {
    /// What is.
    struct Situation {
        var isRunning: Bool
        var tenants: [HostDirectory.TenantRecord]
        var enablements: [HostDirectory.Enablement]
        /// What was applied last, by tenant and module.
        var declarations: [HostDirectory.InstanceKey: String]
        /// What each module was granted; none for one that was never enabled.
        var grants: [String: Set<String>]
        /// What a command took away from each module for all tenants.
        var withdrawn: [String: Set<String>] = [:]
        /// What was decided for single tenants, granted or not.
        var tenantRights: [HostDirectory.InstanceKey: Set<String>] = [:]
        /// What the file said of rights when it was applied last, for tenants and, without one, for all.
        var declaredGrants: [HostDirectory.InstanceKey: String] = [:]
        /// Where each module runs, as far as that is known.
        var isolations: [String: Deployment.Isolation] = [:]
        /// The folders that the host looks for bundles in.
        var bundleFolders: [String]
        /// The modules as they stand on disk now.
        var catalog: ModuleCatalog
        /// The modules as the host has them; the same as `catalog` where no host runs.
        var presentCatalog: ModuleCatalog
        /// Whose signatures the host asks for.
        var presentTrust = Deployment.Trust()
        /// Why the module does not run for the tenant although it should; nil when it does.
        var failure: (HostDirectory.Enablement) -> String?
        /// The version that the tenant is on; nil before the module was first started.
        var version: (HostDirectory.Enablement) -> String? = { _ in nil }
        /// Whether it runs for the tenant from another build than stands on disk.
        var runsOtherBuild: (HostDirectory.Enablement) -> Bool
        /// Where the migrations stand with the build on disk; nil where there is none.
        var outlook: (HostDirectory.Enablement) -> MigrationOutlook?
        /// Names of required secrets that are not set.
        var missingSecrets: (HostDirectory.Enablement, Manifest) -> [String]
        /// What keeps a tenant's modules from being served together.
        var routeConflict: (_ tenant: String, [HostDirectory.Enablement]) -> String?
    }

    let deployment: Deployment
    let situation: Situation
    /// What the operator grants with this plan, by module.
    let allowed: [String: Set<String>]
    /// What is, by what it is asked for: there may be very many tenants.
    private(set) var present: [HostDirectory.InstanceKey: HostDirectory.Enablement] = [:]
    private(set) var enablements: [String: [HostDirectory.Enablement]]
    private(set) var declared: [String: [String]] = [:]
    private let records: [String: HostDirectory.TenantRecord]
    private var owners: [String: String] = [:]
    var plan: DeploymentPlan

    init(deployment: Deployment, file: String, situation: Situation, allowed: [String: Set<String>] = [:]) {
        self.deployment = deployment
        self.situation = situation
        self.allowed = allowed
        plan = DeploymentPlan(file: file, isRunning: situation.isRunning)
        for enablement in situation.enablements { present[enablement.key] = enablement }
        enablements = Dictionary(grouping: situation.enablements, by: \.tenant)
        for key in situation.declarations.keys { declared[key.tenant, default: []].append(key.module) }
        records = Dictionary(situation.tenants.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for tenant in situation.tenants { for host in tenant.hosts { owners[host] = tenant.id } }
    }

    /// The plan.
    static func plan(
        _ deployment: Deployment, file: String, situation: Situation, allowed: [String: Set<String>] = [:]
    ) -> DeploymentPlan {
        var planner = DeploymentPlanner(deployment: deployment, file: file, situation: situation, allowed: allowed)
        planner.planGrants()
        planner.planDeclaredGrants()
        planner.planBundles()
        planner.planIsolations()
        planner.checkHosts()
        for tenant in deployment.tenants { planner.planTenant(tenant) }
        planner.planWithdrawals(except: Set(deployment.tenants.map(\.id)))
        planner.noteThoseBehind()
        return planner.plan
    }

    var declaredModules: [String] {
        Set(deployment.tenants.flatMap { $0.modules.map(\.id) }).sorted()
    }

    private mutating func planBundles() {
        var details: [String] = []
        if situation.bundleFolders != deployment.bundleFolders {
            details.append("looks for bundles in \(deployment.bundleFolders.joined(separator: ", "))")
        }
        let present = situation.presentCatalog.definitions
        for (id, definition) in situation.catalog.definitions.sorted(by: { $0.key < $1.key }) {
            guard let former = present[id] else {
                details.append("finds \(id) \(definition.manifest.version)")
                continue
            }
            if former.fingerprint == definition.fingerprint { continue }
            let versions = (former.manifest.version, definition.manifest.version)
            details.append(
                versions.0 == versions.1
                    ? "finds another build of \(id) \(versions.1)"
                    : "finds \(id) \(versions.1) instead of \(versions.0)")
        }
        for id in present.keys.sorted() where situation.catalog.definitions[id] == nil {
            details.append("finds \(id) no longer")
        }
        if situation.presentTrust != deployment.trust {
            details.append("holds signatures of bundles to the file: policy \(deployment.trust.policy.rawValue)")
        }
        noteBundles()
        if details.isEmpty { return }
        plan.steps.append(
            DeploymentPlan.Step(
                action: .bundles, details: details,
                arguments: [
                    "folders": deployment.bundleFolders.joined(separator: "\n"), "trust": deployment.trust.text,
                ]))
    }

    /// Bundles that are refused, whether or not a tenant of the file needs them, and what there is to know of others.
    private mutating func noteBundles() {
        for (folder, message) in situation.catalog.faults.merging(situation.catalog.remarks, uniquingKeysWith: { $1 })
            .sorted(by: { $0.key < $1.key })
        {
            plan.notes.append(DeploymentPlan.Note(tenant: "", module: "", message: "\(folder): \(message)"))
        }
    }

    private mutating func checkHosts() {
        var owners: [String: String] = [:]
        for tenant in deployment.tenants {
            for host in tenant.hosts {
                if let other = owners.updateValue(tenant.id, forKey: host), other != tenant.id {
                    add(
                        "host_conflict", tenant.id, "",
                        "The tenants `\(other)` and `\(tenant.id)` both claim `\(host)`.")
                }
            }
        }
    }

    private mutating func planTenant(_ tenant: Deployment.Tenant) {
        let record = records[tenant.id]
        var details: [String] = []
        if record == nil { details.append("makes the tenant, named \(tenant.name)") }
        let added = tenant.hosts.filter { record?.hosts.contains($0) != true }
        let removed = (record?.hosts ?? []).filter { !tenant.hosts.contains($0) }
        for host in added {
            details.append("claims \(host)\(owners[host].map { ", which is \($0)'s" } ?? "")")
        }
        for host in removed { details.append("gives up \(host)") }
        let changed = Set(tenant.settings.keys).union(record?.settings.keys ?? [:].keys)
            .filter { tenant.settings[$0] != record?.settings[$0] }
        // Some values are secrets.
        if !changed.isEmpty { details.append("other settings: \(changed.sorted().joined(separator: ", "))") }
        if !details.isEmpty {
            plan.steps.append(
                DeploymentPlan.Step(
                    action: .tenant, tenant: tenant.id, details: details,
                    arguments: [
                        "tenant": tenant.id, "name": tenant.name, "hosts": tenant.hosts.joined(separator: "\n"),
                        "settings": tenant.settings.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
                            .joined(separator: "\n"),
                    ]))
        }
        let declared = Set(tenant.modules.map(\.id))
        // What is withdrawn makes room for the routes of what comes.
        planWithdrawals(of: tenant.id, except: declared)
        for module in tenant.modules { planModule(module, of: tenant.id) }
        checkRoutes(of: tenant)
    }

    private mutating func planModule(_ module: Deployment.Module, of tenant: String) {
        let declared = HostDirectory.Enablement(module, of: tenant)
        let former = present[declared.key]
        let isUnchanged = situation.declarations[declared.key] == declared.declaration
        let wanted = isUnchanged ? former ?? declared : declared
        if isUnchanged, let former, former != declared {
            note(
                former,
                former.isEnabled
                    ? "a command has changed it since the file was applied; it stays so"
                    : "a command has disabled it since the file was applied; it stays so")
            if !former.isEnabled { return }
        }
        let version = situation.version(wanted)
        guard let definition = situation.catalog.served(module.id, on: version ?? module.version) else {
            return missingBundle(module.id, tenant)
        }
        note(wanted, on: version, declared: module.version)
        checkConfiguration(wanted, definition)
        noteMissingSecrets(wanted, definition)
        let outlook = checkedOutlook(wanted)
        guard let (action, details) = step(for: wanted, former: former, outlook: outlook) else { return }
        plan.steps.append(
            DeploymentPlan.Step(
                action: action, tenant: tenant, module: module.id, details: details, migrations: outlook?.pending ?? [],
                arguments: wanted.arguments.merging(module.version.map { ["version": $0] } ?? [:]) { $1 }))
    }
}
