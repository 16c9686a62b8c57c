import GantryCore
import GantryGateway
import GantryIdentity
import GantryJSON
import GantryThreads

extension Administration {
    /// Makes the tenants of some lines of JSON, all of them or none. Those that exist are left as they are, so an
    /// import that was broken off is simply made again.
    func importTenants(_ arguments: CommandArguments) throws -> String {
        let firstLine = Int(arguments.values["first_line"] ?? "1") ?? 1
        let lines = try arguments.required("lines").split(separator: "\n", omittingEmptySubsequences: false)
        var tenants: [TenantImport] = []
        for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            do {
                let tenant = try TenantImport(line: line)
                try check(tenant)
                tenants.append(tenant)
            } catch {
                throw AdministrationError(code: "invalid", message: "Line \(firstLine + index): \(error.message).")
            }
        }
        let now = systemWallClock()
        let issued = arguments.values["keys"] == "true" ? tenants.map { KeyIndex.make(tenant: $0.id, now) } : []
        let made = try directory.importTenants(tenants, keys: issued.map(\.record), atMilliseconds: now)
        let keys = issued.filter { made.contains($0.record.tenant) }
        self.keys.adopt(keys.map(\.record))
        try supervisor?.add(tenants: made.sorted())
        return Self.object { writer in
            writer.key("created")
            writer.int(made.count)
            writer.key("existing")
            writer.int(tenants.count - made.count)
            writer.key("keys")
            Self.array(keys, into: &writer) { key, writer in
                writer.key("tenant")
                writer.string(key.record.tenant)
                writer.key("key")
                writer.string(key.key)
            }
        }
    }

    private func check(_ tenant: TenantImport) throws(TenantImport.Fault) {
        // A folder that was never served does not know yet where the bundles are; the first start tells.
        guard !catalog.folders.isEmpty else { return }
        for module in tenant.modules where catalog.definitions[module.module] == nil {
            throw TenantImport.Fault("there is no bundle of the module `\(module.module)`")
        }
        if let supervisor, let conflict = supervisor.conflict(among: tenant.modules) {
            throw TenantImport.Fault(conflict)
        }
    }
}

extension KeyIndex {
    /// A key for a tenant that is being imported, good for as long as any other.
    fileprivate static func make(tenant: String, _ now: Int64) -> (key: String, record: APIKeyRecord) {
        make(
            tenant: tenant, name: "import", expiresAtMilliseconds: now + Administration.keyLifetime,
            nowMilliseconds: now)
    }
}
