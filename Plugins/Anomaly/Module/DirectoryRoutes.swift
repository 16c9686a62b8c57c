import GantryKit

extension AnomalyModule {
    static var directoryHandlers: [Handler<Self>] {
        [
            .operation("listApiKeys") { _, request in try listKeys(request) },
            .operation("createApiKey") { _, request in try createKey(request) },
            .operation("revokeApiKey") { _, request in try revokeKey(request) },
            .operation("getOrganization") { _, request in try organization(request) },
            .operation("updateOrganization") { _, request in try updateOrganization(request) },
            .check("updateOrganization") { _, request, report in checkOrganization(request.body, report) },
            .operation("listMembers") { _, request in try listMembers(request) },
            .operation("removeMember") { _, request in try removeMember(request) },
        ]
    }

    /// How long a key is good.
    private static let keyLifetime = Duration.seconds(365 * 86_400)
    /// Keys of a tenant that are neither expired nor revoked.
    private static let greatestKeys = 50

    // MARK: API keys

    private static func listKeys(_ request: borrowing Request) throws -> Response {
        let keys = try request.directory.keys()
        let tenant = request.tenant
        return .json(capacity: 64 + keys.count * 320) { writer in
            writer.beginObject()
            writer.key("items")
            writer.beginArray()
            for key in keys {
                writer.beginObject()
                writer.key("id")
                writer.string(key.id)
                writer.key("name")
                writer.string(key.name)
                writer.key("description")
                writer.string(key.description)
                writer.key("tenantId")
                writer.string(tenant)
                writer.time("createdAt", key.createdMilliseconds)
                writer.time("expiresAt", key.expiresMilliseconds)
                writer.time("lastUsedAt", key.usedMilliseconds)
                writer.time("revokedAt", key.revokedMilliseconds)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func createKey(_ request: borrowing Request) throws -> Response {
        let body = request.body
        let (key, text): (Directory.Key, String)
        do {
            (key, text) = try request.directory.issueKey(
                name: body["name"].trimmedText ?? "", description: body["description"].trimmedText,
                lifetime: keyLifetime, limit: greatestKeys)
        } catch {
            guard error.directoryRefusal == .keyLimit else { throw error }
            throw Failure(
                409, reason: "api_key_limit_reached",
                "The tenant has \(greatestKeys) keys that are neither expired nor revoked.")
        }
        let tenant = request.tenant
        return .json { writer in
            writer.beginObject()
            for (name, value) in [("id", key.id), ("name", key.name), ("key", text), ("tenantId", tenant)] {
                writer.key(name)
                writer.string(value)
            }
            writer.time("expiresAt", key.expiresMilliseconds)
            writer.time("createdAt", key.createdMilliseconds)
            writer.endObject()
        }
    }

    private static func revokeKey(_ request: borrowing Request) throws -> Response {
        guard try request.directory.revokeKey(request.parameters[0].lowercased()) else {
            throw Failure(404, reason: "not_found", "No such API key.")
        }
        return .empty(200)
    }

    // MARK: the organization

    private static func organization(_ request: borrowing Request) throws -> Response {
        guard let organization = try request.directory.organization() else {
            throw Failure(404, reason: "organization_not_found", "There is no organization yet.")
        }
        return .json { OrganizationJSON.write(organization, to: &$0) }
    }

    /// The tax number's two fields come together; the contract's schema says so of absent ones only.
    private static func checkOrganization(_ body: JSONValue, _ report: borrowing FindingReport) {
        guard let kind = body["taxIdType"], let number = body["taxIdValue"], kind.isNull != number.isNull else {
            return
        }
        let name = kind.isNull ? "taxIdType" : "taxIdValue"
        report(FieldFinding(name, code: "required", "Kind and number of a tax number come together."))
    }

    private static func updateOrganization(_ request: borrowing Request) throws -> Response {
        let body = request.body
        let fields = Directory.OrganizationFields(
            name: body["name"].trimmedText ?? "", phone: body["phone"].trimmedText,
            address: body["address"].trimmedText, taxKind: body["taxIdType"]?.string,
            taxNumber: body["taxIdValue"].trimmedText)
        do {
            let organization = try request.directory.setOrganization(fields)
            return .json { OrganizationJSON.write(organization, to: &$0) }
        } catch {
            guard error.directoryRefusal == .belongs else { throw error }
            throw Failure(409, reason: "organization_exists", "The user has an organization already.")
        }
    }

    // MARK: members

    /// What takes the place of an address that no token of the person has told: a name that nobody can have (RFC 6761).
    private static let unknownAddress = "unknown@address.invalid"

    private static func listMembers(_ request: borrowing Request) throws -> Response {
        let directory = request.directory
        let members = try directory.members()
        let role = request.principal?.role ?? ""
        let seesInvitations = request.principal?.kind == .user && (role == "admin" || role == "superadmin")
        let invitations = seesInvitations ? try directory.invitations() : []
        return .json(capacity: 64 + (members.count + invitations.count) * 256) { writer in
            writer.beginObject()
            writer.key("members")
            writer.beginArray()
            for member in members {
                write(
                    [member.user, member.email ?? unknownAddress, member.role, "active", nil, nil],
                    [member.joinedMilliseconds, nil, nil], to: &writer)
            }
            for invitation in invitations {
                write(
                    [nil, invitation.email, invitation.role, "pending", invitation.invitedBy, invitation.id],
                    [nil, invitation.invitedMilliseconds, invitation.expiresMilliseconds], to: &writer)
            }
            writer.endArray()
            writer.endObject()
        }
    }

    /// One person.
    /// - Parameters:
    ///   - texts: User, address, role in the host's words, status, who invited, and the invitation.
    ///   - times: Of joining, of the invitation, and of its end.
    private static func write(_ texts: [String?], _ times: [Int64?], to writer: inout JSONWriter) {
        let role = ["user": "member", "superadmin": "super_admin"][texts[2] ?? ""] ?? texts[2]
        let names: [StaticString] = ["userId", "email", "role", "status", "invitedBy", "invitationId"]
        writer.beginObject()
        for (name, text) in zip(names, [texts[0], texts[1], role, texts[3], texts[4], texts[5]]) {
            writer.key(name)
            writer.string(text)
        }
        for (name, time) in zip(["joinedAt", "invitedAt", "expiresAt"] as [StaticString], times) {
            writer.time(name, time)
        }
        writer.endObject()
    }

    private static func removeMember(_ request: borrowing Request) throws -> Response {
        do {
            if try request.directory.removeMember(request.parameters[0]) { return .empty(200) }
        } catch {
            switch error.directoryRefusal {
            case .oneself: throw Failure(409, reason: "cannot_remove_self", "Nobody can remove themselves.")
            case .lastAdmin: throw Failure(409, reason: "last_admin", "The tenant would be left without an admin.")
            case .role: throw Failure(403, reason: "role_required", "This needs the role super_admin.")
            case .tenantRequired: throw Failure(403, reason: "tenant_required", "The caller belongs to no tenant.")
            default: throw error
            }
        }
        throw Failure(404, reason: "not_found", "No such member.")
    }
}

/// How answers and events show an organization.
enum OrganizationJSON {
    static func write(_ organization: Directory.Organization, to writer: inout JSONWriter) {
        let fields = organization.fields
        let texts: [(StaticString, String?)] = [
            ("id", organization.id), ("tenantId", organization.tenant), ("name", fields.name),
            ("phone", fields.phone), ("address", fields.address), ("taxIdType", fields.taxKind),
            ("taxIdValue", fields.taxNumber),
        ]
        writer.beginObject()
        for (name, text) in texts {
            writer.key(name)
            writer.string(text)
        }
        writer.time("createdAt", organization.createdMilliseconds)
        writer.time("updatedAt", organization.updatedMilliseconds)
        writer.endObject()
    }
}

extension JSONWriter {
    /// A member that is a time; null for none.
    fileprivate mutating func time(_ name: StaticString, _ milliseconds: Int64?) {
        key(name)
        if let milliseconds { timestamp(milliseconds: milliseconds) } else { null() }
    }
}
