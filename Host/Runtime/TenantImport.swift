import GantryCore
import GantryIdentity
import GantryJSON
import GantryStore

/// One tenant of an import: a line of JSON, written like a tenant of the deployment file.
///
///     {"id": "acme", "name": "Acme Ltd", "hosts": ["acme.example"],
///      "modules": {"guestbook": {"configuration": {}, "limits": {"default": "600/minute"}, "mount": ""}}}
///
/// All but the id may be left out; what a module has may be left out, `{}` or null.
struct TenantImport: Sendable {
    var id: String
    var name: String
    var hosts: [String] = []
    var modules: [HostDirectory.Enablement] = []

    /// Reads a line; throws what is wrong, in words.
    init(line: Substring) throws(Fault) {
        guard let document = try? JSONDocument(Array(line.utf8)) else { throw Fault("it is no JSON") }
        var result: Result<TenantImport, Fault> = .failure(Fault("it is no object"))
        document.withRoot { root in
            if root.kind == .object { result = Result { () throws(Fault) in try TenantImport(root) } }
        }
        self = try result.get()
    }

    /// What is wrong with a line.
    struct Fault: Error {
        let message: String

        init(_ message: String) {
            self.message = message
        }
    }

    private init(_ root: JSONValue) throws(Fault) {
        try Self.allow(["id", "name", "hosts", "modules"], in: root)
        guard let id = root["id"]?.string, Identifiers.isTenant(id) else {
            throw Fault("`id` must be 1 to 64 letters, digits, underscores and hyphens")
        }
        self.id = id
        name = try Self.text("name", in: root) ?? id
        if let list = root["hosts"], list.kind != .null {
            guard list.kind == .array else { throw Fault("`hosts` must be a list of names") }
            for host in list.elements {
                guard let text = host.string, !text.isEmpty else { throw Fault("`hosts` must be a list of names") }
                hosts.append(text.lowercased())
            }
        }
        guard let modules = root["modules"], modules.kind != .null else { return }
        guard modules.kind == .object else { throw Fault("`modules` must be an object") }
        for member in modules.members {
            self.modules.append(try Self.enablement(member.name.string ?? "", member.value, tenant: id))
        }
    }

    private static func enablement(
        _ module: String, _ value: JSONValue, tenant: String
    ) throws(Fault) -> HostDirectory.Enablement {
        guard Identifiers.isModule(module) else { throw Fault("`\(module)` is no module's id") }
        var enablement = HostDirectory.Enablement(
            tenant: tenant, module: module, isEnabled: true, configuration: "{}", limits: "{}", mount: "")
        if value.kind == .null { return enablement }
        guard value.kind == .object else { throw Fault("`\(module)` must be an object or null") }
        try allow(["configuration", "limits", "mount"], in: value)
        if let configuration = value["configuration"] {
            guard configuration.kind == .object else { throw Fault("`configuration` of `\(module)` must be an object") }
            enablement.configuration = String(decoding: configuration.jsonBytes, as: UTF8.self)
        }
        if let limits = value["limits"] {
            guard limits.kind == .object else { throw Fault("`limits` of `\(module)` must be an object") }
            var rates: [String: RateLimit] = [:]
            for member in limits.members {
                guard let rate = member.value.string.flatMap({ RateLimit($0) }) else {
                    throw Fault("a limit of `\(module)` is not written like `600/minute`")
                }
                rates[member.name.string ?? ""] = rate
            }
            enablement.limits = LimitsText.text(rates)
        }
        enablement.mount = try text("mount", in: value) ?? ""
        guard enablement.mount.isEmpty || enablement.mount.hasPrefix("/") && !enablement.mount.hasSuffix("/") else {
            throw Fault("`mount` of `\(module)` begins with `/` and does not end with one")
        }
        return enablement
    }

    private static func allow(_ names: Set<String>, in value: JSONValue) throws(Fault) {
        for member in value.members {
            let name = member.name.string ?? ""
            if !names.contains(name) { throw Fault("`\(name)` is unknown here") }
        }
    }

    private static func text(_ name: String, in value: JSONValue) throws(Fault) -> String? {
        guard let member = value[name], member.kind != .null else { return nil }
        guard let text = member.string else { throw Fault("`\(name)` must be a text") }
        return text
    }
}

extension HostDirectory {
    /// Makes the tenants that do not exist, with what they have enabled and their keys: all of it or nothing.
    /// - Returns: the ids of those that were made. Those that existed are left as they are.
    func importTenants(
        _ tenants: [TenantImport], keys: [APIKeyRecord], atMilliseconds time: Int64
    ) throws(StoreError) -> Set<String> {
        try audit.change(telling: { made, act in
            act.details["created"] = "\(made.count)"
            return true
        }) { transaction throws(StoreError) in
            var made: Set<String> = []
            for tenant in tenants {
                guard try Self.insertTenant(id: tenant.id, name: tenant.name, atMilliseconds: time, in: transaction)
                else { continue }
                made.insert(tenant.id)
                for host in tenant.hosts {
                    let count = try transaction.execute(
                        "INSERT INTO tenant_host (host, tenant) VALUES ($1, $2) ON CONFLICT (host) DO NOTHING",
                        [.text(host), .text(tenant.id)])
                    if count != 1 {
                        throw StoreError(.conflict, "Tenant `\(tenant.id)`: another one has the host name `\(host)`.")
                    }
                }
                for module in tenant.modules { try Self.save(module, in: transaction) }
            }
            for key in keys where made.contains(key.tenant) { try Self.insert(key, in: transaction) }
            return made
        }
    }
}
