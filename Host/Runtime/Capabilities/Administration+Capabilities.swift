import GantryCore
import GantryIdentity
import GantryJSON

extension Administration {
    /// What a module asks for and what was decided, for all tenants and for each that differs.
    func listCapabilities(_ arguments: CommandArguments) throws -> String {
        let tenant = try arguments.values["tenant"].flatMap { $0.isEmpty ? nil : $0 }.map { _ in
            try self.tenant(arguments).id
        }
        let named = arguments.values["module"].flatMap { $0.isEmpty ? nil : $0 }
        if let named, catalog.definitions[named] == nil, grants.granted(to: named) == nil {
            throw AdministrationError(code: "not_found", message: "There is no module `\(named)`.")
        }
        let modules = named.map { [$0] } ?? catalog.definitions.keys.sorted()
        let rows = modules.flatMap { self.rows(of: $0, tenant: tenant) }
        return Self.list(rows) { row, writer in
            for (name, text) in [
                ("module", row.module), ("tenant", row.tenant.isEmpty ? "*" : row.tenant), ("capability", row.right),
                ("state", row.state),
            ] {
                writer.key(name)
                writer.string(text)
            }
            writer.key("asked")
            writer.bool(row.isAsked)
        }
    }

    private struct CapabilityRow {
        var module: String
        var tenant: String
        var right: String
        var state: String
        var isAsked: Bool
    }

    private func rows(of module: String, tenant: String?) -> [CapabilityRow] {
        let asked = Set(catalog.definitions[module]?.manifest.capabilities.map(\.rawValue) ?? [])
        let decisions = grants.decisions(of: module)
        var rows = decisions.filter { $0.tenant.isEmpty || tenant == nil || $0.tenant == tenant }.map { grant in
            CapabilityRow(
                module: module, tenant: grant.tenant, right: grant.right,
                state: grant.isGranted ? "granted" : "revoked",
                isAsked: asked.contains(String(grant.right.prefix { $0 != ":" })))
        }
        let decided = Set(decisions.filter { $0.tenant.isEmpty }.map(\.right))
        let undecided = grants.granted(to: module) == nil ? "granted when first enabled" : "not granted"
        for right in asked.subtracting(decided).sorted() {
            rows.append(CapabilityRow(module: module, tenant: "", right: right, state: undecided, isAsked: true))
        }
        return rows.sorted { ($0.tenant, $0.right) < ($1.tenant, $1.right) }
    }

    /// Grants capabilities, or parts of them, for all tenants or for one.
    func grantCapabilities(_ arguments: CommandArguments) throws -> String {
        try decide(arguments, isGranted: true)
    }

    /// Takes capabilities, or parts of them, away; running instances are denied them from the next call on.
    func revokeCapabilities(_ arguments: CommandArguments) throws -> String {
        try decide(arguments, isGranted: false)
    }

    private func decide(_ arguments: CommandArguments, isGranted: Bool) throws -> String {
        let module = try arguments.required("module")
        let tenant = arguments.values["tenant"]?.isEmpty == false ? try self.tenant(arguments).id : ""
        let rights = try arguments.required("capabilities").split(separator: ",").map(String.init)
        guard let definition = catalog.definitions[module] else {
            throw AdministrationError(code: "not_found", message: "There is no module `\(module)`.")
        }
        for right in rights {
            guard Deployment.Rights.isRight(right) else {
                throw AdministrationError(
                    code: "invalid",
                    message: "`\(right)` is no capability, such as `blobs`, and no part of one, such as `secrets:key`.")
            }
        }
        // Whoever decides before the module was ever enabled still trusts the rest of what it asks for at first.
        if grants.granted(to: module) == nil { try grants.admit(definition.manifest) }
        try grants.decide(
            rights.map { HostDirectory.Grant(module: module, tenant: tenant, right: $0, isGranted: isGranted) })
        return Self.object { writer in
            writer.key("module")
            writer.string(module)
            writer.key("tenant")
            writer.string(tenant.isEmpty ? "*" : tenant)
            writer.key(isGranted ? "granted" : "revoked")
            Self.texts(rights, into: &writer)
        }
    }
}
