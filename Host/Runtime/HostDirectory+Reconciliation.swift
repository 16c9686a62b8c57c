import GantryCore
import GantryStore

extension HostDirectory {
    /// What a start did with the modules that the deployment file declares or once declared.
    struct Reconciliation: Sendable {
        /// Declared as before, but a command has disabled or changed them since; they stay as the command left them.
        var keptByCommand: [Enablement] = []
        /// No longer declared, and therefore disabled; their data is kept.
        var withdrawn: [Enablement] = []
    }

    private struct Key: Hashable {
        var tenant: String
        var module: String
    }

    /// Brings what the file declares into the directory, all of it or nothing.
    ///
    /// A declaration takes effect when it is new or differs from the one that was applied last. So a command's change,
    /// such as disabling a module in an emergency, outlives a restart, and an edit of the file outranks the command.
    /// What the file never named is left alone.
    func reconcile(with deployment: Deployment, atMilliseconds time: Int64) throws(StoreError) -> Reconciliation {
        try database.write(as: .host) { transaction throws(StoreError) in
            var result = Reconciliation()
            var applied = try Self.declarations(in: transaction)
            let present = try Self.enablements(in: transaction)
            for tenant in deployment.tenants {
                _ = try Self.insertTenant(id: tenant.id, name: tenant.name, atMilliseconds: time, in: transaction)
                try Self.setHosts(tenant.hosts, tenant: tenant.id, in: transaction)
                for module in tenant.modules {
                    let key = Key(tenant: tenant.id, module: module.id)
                    let declared = Enablement(
                        tenant: tenant.id, module: module.id, isEnabled: true, configuration: module.configuration,
                        limits: LimitsText.text(module.limits), mount: module.mount)
                    if let last = applied.removeValue(forKey: key), last == declared.declaration {
                        if let kept = present[key], kept != declared { result.keptByCommand.append(kept) }
                        continue
                    }
                    try Self.save(declared, in: transaction)
                    try transaction.execute(
                        """
                        INSERT INTO declared_module (tenant, module, declaration) VALUES ($1, $2, $3)
                        ON CONFLICT (tenant, module) DO UPDATE SET declaration = $3
                        """, [.text(tenant.id), .text(module.id), .text(declared.declaration)])
                }
            }
            for key in applied.keys {
                try transaction.execute(
                    "DELETE FROM declared_module WHERE tenant = $1 AND module = $2",
                    [.text(key.tenant), .text(key.module)])
                guard var former = present[key], former.isEnabled else { continue }
                former.isEnabled = false
                try Self.save(former, in: transaction)
                result.withdrawn.append(former)
            }
            return result
        }
    }

    private static func declarations(in transaction: Transaction) throws(StoreError) -> [Key: String] {
        var declarations: [Key: String] = [:]
        try transaction.execute("SELECT tenant, module, declaration FROM declared_module") { row in
            declarations[Key(tenant: row.string(0), module: row.string(1))] = row.string(2)
            return true
        }
        return declarations
    }

    private static func enablements(in transaction: Transaction) throws(StoreError) -> [Key: Enablement] {
        var present: [Key: Enablement] = [:]
        for enablement in try enablements(of: nil, in: transaction) {
            present[Key(tenant: enablement.tenant, module: enablement.module)] = enablement
        }
        return present
    }
}

extension HostDirectory.Enablement {
    /// What the file says of the module, as one text to compare with.
    fileprivate var declaration: String { "\(configuration)\n\(limits)\n\(mount)" }
}
