import GantryCore
import GantryCryptography
import GantryIdentity
import GantryJSON
import GantryLoader
import GantryThreads

/// Keys, organizations and people of all tenants: what modules and commands do to them, with what the process remembers
/// of them kept true. Any thread that may wait.
final class TenantDirectory: Sendable {
    /// What a new tenant is served with at once; nil where no host runs.
    struct Service: Sendable {
        /// Serves a tenant that was just made.
        var begin: @Sendable (String) throws -> Void
        /// Which of the modules claim one route, in words.
        var conflict: @Sendable ([HostDirectory.Enablement]) -> String?
        /// Tells the tenant's modules what they are to be told.
        var announce: @Sendable (String) -> Void
    }

    let directory: HostDirectory
    let keys: KeyIndex
    let members: MemberIndex
    /// Modules of tenants that users make for themselves; nil for those of the default tenant.
    private let provisioned: [Deployment.Module]?
    private let defaultTenant: String
    private let service = Lock<Service?>(nil)

    init(
        directory: HostDirectory, keys: KeyIndex, members: MemberIndex, provisioned: [Deployment.Module]? = nil,
        defaultTenant: String = ""
    ) {
        self.directory = directory
        self.keys = keys
        self.members = members
        self.provisioned = provisioned
        self.defaultTenant = defaultTenant
    }

    /// From now on what changes is served, and told, at once.
    func setService(_ service: Service) { self.service.withLock { $0 = service } }

    func announce(to tenant: String) { service.withLock { $0 }?.announce(tenant) }

    // MARK: keys

    /// Makes a key; nil when the tenant has as many as it may.
    func issueKey(
        _ order: KeyOrder, tenant: String, actor: String?, atMilliseconds now: Int64
    ) throws -> (key: String, record: APIKeyRecord)? {
        let end = order.lifetimeSeconds > 0 ? now + order.lifetimeSeconds * 1000 : nil
        let (key, record) = KeyIndex.make(
            tenant: tenant, name: order.name, description: order.description, expiresAtMilliseconds: end,
            nowMilliseconds: now)
        let announcement = Self.keyEvent("created", record.id, record.name, tenant, actor, now)
        guard try directory.insert(record, limit: order.limit, announcing: announcement) else { return nil }
        keys.adopt([record])
        announce(to: tenant)
        return (key, record)
    }

    /// Ends a key; false when there is none of the id.
    func revokeKey(id: String, tenant: String, actor: String?, atMilliseconds now: Int64) throws -> Bool {
        let end = try directory.revokeKey(id: id, tenant: tenant, atMilliseconds: now) { name in
            Self.keyEvent("revoked", id, name, tenant, actor, now)
        }
        guard let end else { return false }
        keys.noteRevoked(id: id, atMilliseconds: end)
        announce(to: tenant)
        return true
    }

    private static func keyEvent(
        _ what: String, _ id: String, _ name: String, _ tenant: String, _ actor: String?, _ now: Int64
    ) -> Announcement {
        Announcement("directory.key.\(what)", tenant: tenant, key: id, actor: actor, atMilliseconds: now) { writer in
            writer.key("key_id")
            writer.string(id)
            writer.key("name")
            writer.string(name)
        }
    }

    // MARK: organizations

    /// Creates or replaces the organization of a tenant.
    func setOrganization(
        _ fields: OrganizationFields, tenant: String, actor: String?, atMilliseconds now: Int64
    ) throws -> OrganizationRecord {
        let record = try directory.setOrganization(fields, tenant: tenant, atMilliseconds: now) { record, isNew in
            Self.organizationEvent(record, isNew ? "created" : "updated", actor, now)
        }
        announce(to: tenant)
        return record
    }

    /// Makes a tenant for a user who belongs to none, with the user as its first admin.
    /// - Returns: Its organization; nil when the user has got a place meanwhile.
    func provision(
        _ fields: OrganizationFields, for user: Principal, atMilliseconds now: Int64
    ) throws -> OrganizationRecord? {
        let tenant = "tnt_" + Hexadecimal.text(Cryptography.randomBytes(12))
        let organization = HostDirectory.newOrganization(fields, tenant: tenant, atMilliseconds: now)
        let admin = HostDirectory.StoredMember(
            tenant: tenant, user: user.subject, origin: user.user.origin, email: user.user.email, role: .admin,
            joinedAtMilliseconds: now)
        let provision = HostDirectory.Provision(
            tenant: tenant, modules: try modules(of: tenant), organization: organization, admin: admin,
            announcements: [
                Self.organizationEvent(organization, "created", user.subject, now),
                Self.joinEvent(admin, user.subject, now),
            ])
        guard try directory.provision(provision, atMilliseconds: now) else { return nil }
        let service = service.withLock { $0 }
        // It is there now, whatever comes: a host that cannot serve it at once does so when it starts.
        defer {
            members.adopt(admin.membership)
            service?.announce(tenant)
        }
        try service?.begin(tenant)
        return organization
    }

    /// What a tenant that a user makes for himself gets.
    private func modules(of tenant: String) throws -> [HostDirectory.Enablement] {
        var modules: [HostDirectory.Enablement]
        if let provisioned {
            modules = provisioned.map { module in
                HostDirectory.Enablement(
                    tenant: tenant, module: module.id, isEnabled: true, configuration: module.configuration,
                    limits: LimitsText.text(module.limits), mount: module.mount)
            }
        } else {
            modules = try directory.enablements(tenant: defaultTenant).filter(\.isEnabled)
            for index in modules.indices { modules[index].tenant = tenant }
        }
        if modules.isEmpty {
            throw PortOutcome(.notProvisioned, "No modules are set for new tenants: `provisioning` in the deployment.")
        }
        if let conflict = service.withLock({ $0 })?.conflict(modules) {
            throw PortOutcome(.notProvisioned, "The modules for new tenants do not fit together: \(conflict)")
        }
        return modules
    }

    private static func organizationEvent(
        _ record: OrganizationRecord, _ what: String, _ actor: String?, _ now: Int64
    ) -> Announcement {
        Announcement(
            "directory.organization.\(what)", tenant: record.tenant, key: record.id, actor: actor, atMilliseconds: now
        ) { writer in
            let fields = record.fields
            let texts: [(StaticString, String?)] = [
                ("id", record.id), ("tenant", record.tenant), ("name", fields.name), ("phone", fields.phone),
                ("address", fields.address), ("tax_kind", fields.taxKind), ("tax_number", fields.taxNumber),
            ]
            for (name, text) in texts {
                writer.key(name)
                writer.string(text?.isEmpty == true ? nil : text)
            }
            writer.key("created_at")
            writer.timestamp(milliseconds: record.createdAtMilliseconds)
            writer.key("updated_at")
            let updated = record.updatedAtMilliseconds
            Administration.write(updated == 0 ? nil : updated, into: &writer)
        }
    }
}
