import GantryCore
import GantryJSON
import GantryLoader
import GantryThreads

extension Administration {
    /// The people of a tenant, and then the open invitations.
    func listMembers(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let members = try people.members(tenant: tenant.id)
        let invitations = try directory.invitations(tenant: tenant.id, atMilliseconds: systemWallClock())
        return Self.object { writer in
            writer.key("items")
            writer.beginArray()
            for member in members {
                writer.beginObject()
                Self.write(
                    [
                        ("user", member.user), ("email", member.email), ("role", member.role.rawValue),
                        ("status", "active"), ("invitation", ""),
                    ], since: member.joinedAtMilliseconds, into: &writer)
                writer.endObject()
            }
            for invitation in invitations {
                writer.beginObject()
                Self.write(
                    [
                        ("user", ""), ("email", invitation.email), ("role", invitation.role.rawValue),
                        ("status", "pending"), ("invitation", invitation.id),
                    ], since: invitation.invitedAtMilliseconds, into: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    /// Gives a user of the deployment's issuer a place in the tenant, or another role there.
    func addMember(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let role = try Self.role(arguments)
        let email = arguments.values["email"] ?? ""
        guard email.isEmpty || EmailAddress.isPlain(email) else { throw Self.noAddress(email) }
        let member = HostDirectory.StoredMember(
            tenant: tenant.id, user: try arguments.required("user"), origin: "", email: email, role: role,
            joinedAtMilliseconds: systemWallClock())
        try people.give(member, actor: nil)
        return Self.object { writer in
            Self.write(
                [("tenant", tenant.id), ("user", member.user), ("email", email), ("role", role.rawValue)],
                into: &writer)
        }
    }

    /// Invites somebody; the text in the answer is the way in, and kept nowhere.
    func inviteMember(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let role = try Self.role(arguments)
        let email = try arguments.required("email")
        guard EmailAddress.isPlain(email) else { throw Self.noAddress(email) }
        guard let days = Int64(arguments.values["days"] ?? "7"), (1...365).contains(days) else {
            throw AdministrationError(code: "invalid", message: "An invitation is good for 1 to 365 days.")
        }
        let order = InvitationOrder(email: email, role: role, lifetimeSeconds: days * 86_400)
        guard
            let invitation = try people.invite(order, tenant: tenant.id, by: "", atMilliseconds: systemWallClock())
        else {
            throw AdministrationError(
                code: "conflict", message: "Tenant `\(tenant.id)`: `\(email)` is a member or invited already.")
        }
        return Self.object { writer in
            Self.write(
                [("id", invitation.id), ("email", email), ("role", role.rawValue), ("text", invitation.text)],
                into: &writer)
            writer.key("expires")
            writer.timestamp(milliseconds: invitation.expiresAtMilliseconds)
        }
    }

    /// Removes a person; tokens that the person holds stand for no tenant from then on.
    func removeMember(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let user = try arguments.required("user")
        switch try people.remove(user, tenant: tenant.id, caller: nil, atMilliseconds: systemWallClock()) {
        case .removed:
            return Self.object { Self.write([("user", user), ("state", "removed")], into: &$0) }
        case .unknown:
            throw AdministrationError(
                code: "not_found", message: "The tenant `\(tenant.id)` has no member `\(user)`.")
        case .refused:
            throw AdministrationError(
                code: "conflict",
                message: "`\(user)` is the last admin of tenant `\(tenant.id)`. Add another one first.")
        }
    }

    private static func role(_ arguments: CommandArguments) throws -> Role {
        let name = arguments.values["role"] ?? Role.user.rawValue
        guard let role = Role(rawValue: name), role != .public else {
            throw AdministrationError(
                code: "invalid", message: "`\(name)` is no role; there are user, admin and superadmin.")
        }
        return role
    }

    private static func noAddress(_ text: String) -> AdministrationError {
        AdministrationError(code: "invalid", message: "`\(text)` is no address like `name@host.example`.")
    }

    private static func write(
        _ texts: [(StaticString, String)], since: Int64? = nil, into writer: inout JSONWriter
    ) {
        for (name, text) in texts {
            writer.key(name)
            writer.string(text)
        }
        if let since {
            writer.key("since")
            writer.timestamp(milliseconds: since)
        }
    }
}
