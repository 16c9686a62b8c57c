import GantryCore

extension Deployment {
    /// What the file says of rights, by module and tenant; the tenant is empty for all.
    var declaredGrants: [HostDirectory.InstanceKey: DeclaredGrants] {
        var declared: [HostDirectory.InstanceKey: DeclaredGrants] = [:]
        for (module, rights) in denials {
            declared[HostDirectory.InstanceKey(tenant: "", module: module)] = DeclaredGrants(rights)
        }
        for tenant in tenants {
            for module in tenant.modules {
                declared[HostDirectory.InstanceKey(tenant: tenant.id, module: module.id)] = DeclaredGrants(
                    module.rights)
            }
        }
        return declared
    }
}

/// What a deployment file says of the rights of a module, for all tenants or for one, besides `modules.<id>.allow`.
struct DeclaredGrants: Equatable {
    var allowed: [String]
    var denied: [String]

    /// Nil when it says nothing.
    init?(_ rights: Deployment.Rights) {
        if rights.isEmpty { return nil }
        (allowed, denied) = (rights.allowed.sorted(), rights.denied.sorted())
    }

    /// As it is kept, to compare with.
    var text: String { "\(allowed.joined(separator: ","))\n\(denied.joined(separator: ","))" }

    init(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        allowed = lines.first?.split(separator: ",").map(String.init) ?? []
        denied = lines.dropFirst().first?.split(separator: ",").map(String.init) ?? []
    }

    func grants(for key: HostDirectory.InstanceKey) -> [HostDirectory.Grant] {
        [(allowed, true), (denied, false)].flatMap { rights, isGranted in
            rights.map {
                HostDirectory.Grant(module: key.module, tenant: key.tenant, right: $0, isGranted: isGranted)
            }
        }
    }
}
