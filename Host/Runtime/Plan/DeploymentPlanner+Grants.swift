import GantryCore

extension DeploymentPlanner {
    /// Tenants that are named where a module asks for more than it was granted; the others are counted.
    private static let maximumNamedTenants = 20

    /// What modules are granted for all tenants, and what they ask for besides.
    mutating func planGrants() {
        for id in Set(declaredModules).union(deployment.grants.keys).sorted() {
            let manifest = situation.catalog.definitions[id]?.manifest
            let asked = Set(manifest?.capabilities.map(\.rawValue) ?? [])
            let granted = situation.grants[id]
            // What a command took away stays so, unless this very plan names it.
            let withdrawn = (situation.withdrawn[id] ?? []).subtracting(allowed[id] ?? [])
            var wanted = deployment.grants[id].map { Set($0.map(\.rawValue)) } ?? granted ?? asked
            wanted = wanted.subtracting(withdrawn).union(allowed[id] ?? [])
            let isNew = granted == nil && deployment.grants[id] == nil
            if wanted != granted ?? [] || granted == nil, !(isNew && asked.isEmpty) {
                planGrant(of: wanted, to: id, former: granted ?? [])
            }
            let missing = asked.subtracting(wanted).subtracting(withdrawn)
            if !missing.isEmpty, let manifest { noteMissing(missing, manifest) }
        }
    }

    private mutating func planGrant(of wanted: Set<String>, to module: String, former: Set<String>) {
        var details: [String] = []
        let added = wanted.subtracting(former).sorted()
        let removed = former.subtracting(wanted).sorted()
        if !added.isEmpty { details.append("grants \(added.joined(separator: ", "))") }
        if !removed.isEmpty { details.append("withdraws \(removed.joined(separator: ", "))") }
        if details.isEmpty { details.append("grants nothing") }
        plan.steps.append(
            DeploymentPlan.Step(
                action: .grant, module: module, details: details,
                arguments: ["module": module, "capabilities": wanted.sorted().joined(separator: ",")]))
    }

    /// What nobody has decided on stands in the way of the tenants that have the module, and of no other.
    private mutating func noteMissing(_ missing: Set<String>, _ manifest: Manifest) {
        let declared = deployment.tenants.filter { $0.modules.contains { $0.id == manifest.id } }.map(\.id)
        let enabled = situation.enablements.filter { $0.isEnabled && $0.module == manifest.id }.map(\.tenant)
        let tenants = Set(declared + enabled).sorted()
        let lacking = tenants.compactMap { tenant -> (tenant: String, rights: [String])? in
            let key = HostDirectory.InstanceKey(tenant: tenant, module: manifest.id)
            let fromFile = deployment.declaredGrants[key].map { Set($0.allowed + $0.denied) } ?? []
            let rights = missing.subtracting(situation.tenantRights[key] ?? []).subtracting(fromFile)
            return rights.isEmpty ? nil : (tenant, rights.sorted())
        }
        if lacking.isEmpty, !tenants.isEmpty { return }
        add("capability", "", manifest.id, CapabilityGrants.refusal(of: missing.sorted(), for: manifest))
        for (tenant, rights) in lacking.prefix(Self.maximumNamedTenants) {
            plan.notes.append(
                DeploymentPlan.Note(
                    tenant: tenant, module: manifest.id,
                    message: "\(manifest.version) is not started before it is decided whether it gets "
                        + "\(rights.joined(separator: ", ")): `gantry capability grant \(manifest.id) "
                        + "\(rights.joined(separator: " ")) --tenant \(tenant)`, or `revoke`"))
        }
        if lacking.count > Self.maximumNamedTenants {
            plan.notes.append(
                DeploymentPlan.Note(
                    tenant: "", module: manifest.id,
                    message: "\(lacking.count - Self.maximumNamedTenants) more tenants lack the same"))
        }
    }

    /// What the file says of rights for single tenants, or denies for all, where it differs from what was applied last.
    mutating func planDeclaredGrants() {
        let declared = deployment.declaredGrants
        let keys = Set(declared.keys).union(situation.declaredGrants.keys)
        for key in keys.sorted(by: { ($0.tenant, $0.module) < ($1.tenant, $1.module) }) {
            let wanted = declared[key]
            guard wanted?.text != situation.declaredGrants[key] else { continue }
            var details: [String] = []
            if let wanted, !wanted.allowed.isEmpty {
                details.append("grants \(wanted.allowed.joined(separator: ", "))")
            }
            if let wanted, !wanted.denied.isEmpty { details.append("denies \(wanted.denied.joined(separator: ", "))") }
            if wanted == nil { details.append("decides nothing of its own any more") }
            plan.steps.append(
                DeploymentPlan.Step(
                    action: .grant, tenant: key.tenant, module: key.module, details: details,
                    arguments: ["tenant": key.tenant, "module": key.module, "declaration": wanted?.text ?? ""]))
        }
    }
}
