import GantryCore
import GantryIdentity
import GantryLoader
import GantryThreads

/// The directory as the interface's table reaches it: that of one tenant alone.
final class DirectoryAdapter: DirectoryPort {
    private let directory: TenantDirectory
    private let tenant: String
    private let module: String

    init(directory: TenantDirectory, tenant: String, module: String) {
        self.directory = directory
        self.tenant = tenant
        self.module = module
    }

    func issueKey(_ order: KeyOrder, caller: Principal?) throws(PortOutcome) -> KeyListing {
        try checkTenant(caller)
        let issued = try act("key.create", by: caller, details: ["name": order.name]) {
            try directory.issueKey(
                order, tenant: tenant, actor: caller?.subject, atMilliseconds: systemWallClock())
        }
        guard let issued else {
            throw PortOutcome(.keyLimit, "The tenant has \(order.limit) good keys already.")
        }
        var listing = KeyListing(issued.record, usedAtMilliseconds: nil)
        listing.text = issued.key
        return listing
    }

    func keys(caller: Principal?) throws(PortOutcome) -> [KeyListing] {
        try checkTenant(caller)
        return try outcome {
            try directory.directory.keys(tenant: tenant).map { record in
                KeyListing(record, usedAtMilliseconds: directory.keys.lastUse(id: record.id))
            }
        }
    }

    func revokeKey(id: String, caller: Principal?) throws(PortOutcome) -> Bool {
        try checkTenant(caller)
        return try act("key.revoke", by: caller, id) {
            try directory.revokeKey(
                id: id, tenant: tenant, actor: caller?.subject, atMilliseconds: systemWallClock())
        }
    }

    func organization(caller: Principal?) throws(PortOutcome) -> OrganizationRecord? {
        if caller?.tenant.isEmpty == true { return nil }
        return try outcome { try directory.directory.organization(tenant: tenant) }
    }

    func setOrganization(
        _ fields: OrganizationFields, caller: Principal?
    ) throws(PortOutcome) -> OrganizationRecord {
        guard let caller, caller.tenant.isEmpty else {
            return try act("organization.set", by: caller, tenant) {
                try directory.setOrganization(
                    fields, tenant: tenant, actor: caller?.subject, atMilliseconds: systemWallClock())
            }
        }
        let made = try act("tenant.create", by: caller) {
            try directory.provision(fields, for: caller, atMilliseconds: systemWallClock())
        }
        guard let made else { throw PortOutcome(.belongs, "The user has a place in a tenant by now.") }
        return made
    }

    func members(caller: Principal?) throws(PortOutcome) -> [MemberRecord] {
        try checkTenant(caller)
        return try outcome { try directory.members(tenant: tenant) }
    }

    func member(_ user: String, caller: Principal?) throws(PortOutcome) -> MemberRecord? {
        try checkTenant(caller)
        return try outcome { try directory.member(user, tenant: tenant) }
    }

    func removeMember(_ user: String, caller: Principal?) throws(PortOutcome) -> Bool {
        try checkTenant(caller)
        let removal = try act("member.remove", by: caller, user) {
            try directory.remove(user, tenant: tenant, caller: caller, atMilliseconds: systemWallClock())
        }
        switch removal {
        case .removed: return true
        case .unknown: return false
        case .refused(let refusal): throw PortOutcome(refusal, Self.message(refusal))
        }
    }

    func invitations(caller: Principal?) throws(PortOutcome) -> [InvitationRecord] {
        try checkTenant(caller)
        return try outcome {
            try directory.directory.invitations(tenant: tenant, atMilliseconds: systemWallClock())
        }
    }

    func invite(_ order: InvitationOrder, caller: Principal?) throws(PortOutcome) -> InvitationRecord {
        try checkTenant(caller)
        if order.role == .superadmin, let caller, caller.role != .superadmin {
            throw PortOutcome(.role, Self.message(.role))
        }
        let made = try act("member.invite", by: caller, details: ["email": order.email, "role": order.role.rawValue]) {
            try directory.invite(
                order, tenant: tenant, by: caller?.subject ?? "", atMilliseconds: systemWallClock())
        }
        guard let made else {
            throw PortOutcome(.exists, "Somebody with this address is a member or invited already.")
        }
        return made
    }

    func withdrawInvitation(id: String, caller: Principal?) throws(PortOutcome) -> Bool {
        try checkTenant(caller)
        return try act("member.uninvite", by: caller, id) {
            try directory.directory.removeInvitation(id: id, tenant: tenant)
        }
    }

    func acceptInvitation(_ text: String, caller: Principal?) throws(PortOutcome) -> MemberRecord? {
        guard let caller, caller.kind == .user else {
            throw PortOutcome(.userRequired, "Only a user can accept an invitation.")
        }
        guard caller.tenant.isEmpty else { throw PortOutcome(.belongs, "The user belongs to a tenant.") }
        let acceptance = try act("member.join", by: caller, caller.subject) {
            try directory.accept(text, user: caller, atMilliseconds: systemWallClock())
        }
        switch acceptance {
        case .accepted(let member):
            return MemberRecord(
                user: member.user, email: member.email, role: member.role,
                joinedAtMilliseconds: member.joinedAtMilliseconds)
        case .unknown: return nil
        case .belongs: throw PortOutcome(.belongs, "The user has a place in a tenant by now.")
        }
    }

    /// The default tenant lends its routes to those who have none; its records it does not lend.
    private func checkTenant(_ caller: Principal?) throws(PortOutcome) {
        if let caller, caller.tenant.isEmpty { throw PortOutcome(.tenantRequired, Self.message(.tenantRequired)) }
    }

    private static func message(_ refusal: DirectoryRefusal) -> String {
        switch refusal {
        case .tenantRequired: "The caller belongs to no tenant."
        case .oneself: "Nobody can remove himself."
        case .lastAdmin: "A tenant keeps at least one admin."
        case .role: "Only a superadmin may do this to a superadmin."
        case .userRequired, .keyLimit, .belongs, .exists, .notProvisioned: "The directory refuses this."
        }
    }

    /// Does what the audit log tells of, in the transaction that changes the directory.
    private func act<Value>(
        _ action: String, by caller: Principal?, _ target: String = "", details: [String: String] = [:],
        _ body: () throws -> Value
    ) throws(PortOutcome) -> Value {
        var act = AuditAct(
            tenant: tenant, actor: .module(module), action: action, target: target, details: details)
        if let caller {
            act.actor = .principal(kind: "\(caller.kind)", subject: caller.subject)
            act.details["module"] = module
        }
        let told = act
        return try outcome { try PendingAct.run(told) { _ in try body() } }
    }

    private func outcome<Value>(_ body: () throws -> Value) throws(PortOutcome) -> Value {
        do { return try body() } catch let outcome as PortOutcome { throw outcome } catch {
            throw PortOutcome(.failed, message: "\(error)")
        }
    }
}

extension KeyListing {
    fileprivate init(_ record: APIKeyRecord, usedAtMilliseconds used: Int64?) {
        self.init(
            id: record.id, name: record.name, description: record.description,
            createdAtMilliseconds: record.createdAtMilliseconds,
            expiresAtMilliseconds: record.expiresAtMilliseconds ?? 0,
            usedAtMilliseconds: used ?? record.usedAtMilliseconds ?? 0,
            revokedAtMilliseconds: record.revokedAtMilliseconds ?? 0)
    }
}
