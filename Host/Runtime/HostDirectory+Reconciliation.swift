import GantryCore
import GantryIdentity
import GantryStore

extension HostDirectory {
    /// What a start did with the modules that the deployment file declares or once declared.
    struct Reconciliation: Sendable {
        /// New in the file, or different from what was applied last.
        var declared: [InstanceKey] = []
        /// Declared as before, but a command has disabled or changed them since; they stay as the command left them.
        var keptByCommand: [Enablement] = []
        /// No longer declared, and therefore disabled; their data is kept.
        var withdrawn: [Enablement] = []
    }

    /// What tells one instance from another.
    struct InstanceKey: Hashable, Sendable {
        var tenant: String
        var module: String
    }

    /// What the file said of each module when it was applied last.
    func declarations() throws(StoreError) -> [InstanceKey: String] {
        try database.read(as: .host) { transaction throws(StoreError) in try Self.declarations(in: transaction) }
    }

    /// Keeps what an entry of the file asks for, as the entry that was applied last.
    func declare(_ enablement: Enablement) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try Self.declare(enablement, in: transaction)
        }
    }

    private static func declare(_ enablement: Enablement, in transaction: Transaction) throws(StoreError) {
        try save(enablement, in: transaction)
        try transaction.execute(
            """
            INSERT INTO declared_module (tenant, module, declaration) VALUES ($1, $2, $3)
            ON CONFLICT (tenant, module) DO UPDATE SET declaration = $3
            """, [.text(enablement.tenant), .text(enablement.module), .text(enablement.declaration)])
    }

    /// Disables a module whose entry is gone.
    /// - Returns: what it was, when it was enabled.
    func withdraw(_ key: InstanceKey) throws(StoreError) -> Enablement? {
        try audit.change { transaction throws(StoreError) in
            let present = try Self.enablements(in: transaction)
            return try Self.withdraw(key, present: present[key], in: transaction)
        }
    }

    private static func withdraw(
        _ key: InstanceKey, present: Enablement?, in transaction: Transaction
    ) throws(StoreError) -> Enablement? {
        try transaction.execute(
            "DELETE FROM declared_module WHERE tenant = $1 AND module = $2", [.text(key.tenant), .text(key.module)])
        guard var former = present, former.isEnabled else { return nil }
        former.isEnabled = false
        try save(former, in: transaction)
        return former
    }

    /// Brings what the file declares into the directory, all of it or nothing.
    ///
    /// A declaration takes effect when it is new or differs from the one that was applied last. So a command's change,
    /// such as disabling a module in an emergency, outlives a restart, and an edit of the file outranks the command.
    /// What the file never named is left alone.
    func reconcile(with deployment: Deployment, atMilliseconds time: Int64) throws(StoreError) -> Reconciliation {
        try audit.change(telling: { result, act in
            act.details["declared"] = result.declared.map { "\($0.tenant)/\($0.module)" }.joined(separator: " ")
            act.details["withdrawn"] = result.withdrawn.map { "\($0.tenant)/\($0.module)" }.joined(separator: " ")
            return true
        }) { transaction throws(StoreError) in
            var result = Reconciliation()
            var applied = try Self.declarations(in: transaction)
            let present = try Self.enablements(in: transaction)
            for tenant in deployment.tenants {
                _ = try Self.insertTenant(id: tenant.id, name: tenant.name, atMilliseconds: time, in: transaction)
                try Self.setHosts(tenant.hosts, tenant: tenant.id, in: transaction)
                try Self.setSettings(tenant.settings, tenant: tenant.id, in: transaction)
                for module in tenant.modules {
                    let declared = Enablement(module, of: tenant.id)
                    let key = declared.key
                    if let last = applied.removeValue(forKey: key), last == declared.declaration {
                        if let kept = present[key], kept != declared { result.keptByCommand.append(kept) }
                        continue
                    }
                    try Self.declare(declared, in: transaction)
                    result.declared.append(key)
                }
            }
            for key in applied.keys {
                if let former = try Self.withdraw(key, present: present[key], in: transaction) {
                    result.withdrawn.append(former)
                }
            }
            return result
        }
    }

    private static func declarations(in transaction: Transaction) throws(StoreError) -> [InstanceKey: String] {
        var declarations: [InstanceKey: String] = [:]
        try transaction.execute("SELECT tenant, module, declaration FROM declared_module") { row in
            declarations[InstanceKey(tenant: row.string(0), module: row.string(1))] = row.string(2)
            return true
        }
        return declarations
    }

    private static func enablements(in transaction: Transaction) throws(StoreError) -> [InstanceKey: Enablement] {
        var present: [InstanceKey: Enablement] = [:]
        for enablement in try enablements(of: nil, in: transaction) {
            present[enablement.key] = enablement
        }
        return present
    }
}

extension HostDirectory.Enablement {
    /// What an entry of the file asks for.
    init(_ module: Deployment.Module, of tenant: String) {
        self.init(
            tenant: tenant, module: module.id, isEnabled: true, configuration: module.configuration,
            limits: LimitsText.text(module.limits), mount: module.mount)
    }

    /// As arguments of a command.
    var arguments: [String: String] {
        ["tenant": tenant, "module": module, "configuration": configuration, "limits": limits, "mount": mount]
    }

    var place: HostDirectory.Place { HostDirectory.Place(tenant: tenant, module: module) }

    var key: HostDirectory.InstanceKey { HostDirectory.InstanceKey(tenant: tenant, module: module) }

    /// What the file says of the module, as one text to compare with.
    var declaration: String { "\(configuration)\n\(limits)\n\(mount)" }
}
