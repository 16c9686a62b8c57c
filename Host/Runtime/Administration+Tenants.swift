import GantryCore
import GantryJSON
import GantryThreads

extension Administration {
    func listTenants() throws -> String {
        let enabled = try Dictionary(grouping: directory.enablements().filter(\.isEnabled), by: \.tenant)
        return try Self.list(directory.tenants()) { tenant, writer in
            writer.key("id")
            writer.string(tenant.id)
            writer.key("name")
            writer.string(tenant.name)
            writer.key("status")
            writer.string(tenant.status)
            writer.key("modules")
            Self.texts(enabled[tenant.id, default: []].map(\.module), into: &writer)
            writer.key("created")
            writer.timestamp(milliseconds: tenant.createdAtMilliseconds)
        }
    }

    func createTenant(_ arguments: CommandArguments) throws -> String {
        let id = try arguments.required("tenant")
        guard Identifiers.isTenant(id) else {
            throw AdministrationError(
                code: "invalid",
                message: "`\(id)` is no tenant's id: 1 to 64 letters, digits, underscores and hyphens.")
        }
        let name = arguments.values["name"] ?? id
        guard try directory.insertTenant(id: id, name: name, atMilliseconds: systemWallClock()) else {
            throw AdministrationError(code: "conflict", message: "There is a tenant `\(id)` already.")
        }
        try supervisor?.add(tenants: [id])
        return Self.object { writer in
            writer.key("id")
            writer.string(id)
            writer.key("name")
            writer.string(name)
        }
    }

    func showTenant(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let enablements = try directory.enablements(tenant: tenant.id)
        return Self.object { writer in
            writer.key("id")
            writer.string(tenant.id)
            writer.key("name")
            writer.string(tenant.name)
            writer.key("status")
            writer.string(tenant.status)
            writer.key("hosts")
            Self.texts(tenant.hosts, into: &writer)
            writer.key("modules")
            Self.array(enablements, into: &writer) { enablement, writer in
                writer.key("module")
                writer.string(enablement.module)
                writeState(of: enablement, into: &writer)
                writer.key("mount")
                writer.string(enablement.mount)
            }
        }
    }

    /// `state` and `message` of a module of a tenant, as far as this process knows.
    func writeState(of enablement: HostDirectory.Enablement, into writer: inout JSONWriter) {
        let state = supervisor?.state(tenant: enablement.tenant, module: enablement.module)
        writer.key("state")
        writer.string(enablement.isEnabled ? state?.name ?? "enabled" : "disabled")
        writer.key("message")
        writer.string(state?.message)
    }

    static func texts(_ texts: [String], into writer: inout JSONWriter) {
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }
}
