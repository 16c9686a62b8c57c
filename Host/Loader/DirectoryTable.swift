import CGantry
import GantryCore

/// `gantry.directory`: keys, organization and people of the tenant.
enum DirectoryTable {
    private typealias Call = UnsafePointer<gantry_call_v1>?
    private typealias Context = UnsafeMutableRawPointer?
    private typealias Record = UnsafeMutablePointer<gantry_error_v1>?

    private static let maximumNameBytes: UInt64 = 1024
    private static let maximumTextBytes: UInt64 = 4096
    private static let lifetimes: ClosedRange<Int64> = 1...31_536_000

    static let table = gantry_directory_v1(
        issue_key: issueKey, keys: keys, revoke_key: revokeKey, organization: organization,
        set_organization: setOrganization, members: members, member: member, remove_member: removeMember,
        invitations: invitations, invite: invite, withdraw_invitation: withdrawInvitation,
        accept_invitation: acceptInvitation)

    // MARK: keys

    private static let issueKey:
        @convention(c) (Call, UnsafePointer<gantry_key_order_v1>?, gantry_key_fn_v1?, Context, Record) -> Int32 = {
            call, order, onKey, context, error in
            guard let order = order?.pointee, let onKey else { return ModuleStatus.invalid.rawValue }
            return run(call, "keys", "gantry.directory.issue_key", error) { call, directory throws(PortOutcome) in
                guard (0...lifetimes.upperBound * 100).contains(order.lifetime_seconds) else {
                    throw PortOutcome(.invalid, message: "No key is good for so long.")
                }
                let key = try directory.issueKey(
                    KeyOrder(
                        name: ServiceCalls.text(order.name, atMost: maximumNameBytes, "name"),
                        description: ServiceCalls.text(order.description, atMost: maximumTextBytes, "description"),
                        lifetimeSeconds: order.lifetime_seconds, limit: Int(order.limit)), caller: call.principal)
                return ModuleStatus(rawValue: lend(key) { onKey(context, $0) })
            }
        }

    private static let keys: @convention(c) (Call, gantry_key_fn_v1?, Context, Record) -> Int32 = {
        call, onKey, context, error in
        guard let onKey else { return ModuleStatus.invalid.rawValue }
        return run(call, "keys", "gantry.directory.keys", error) { call, directory throws(PortOutcome) in
            tell(try directory.keys(caller: call.principal)) { lend($0) { onKey(context, $0) } }
        }
    }

    private static let revokeKey: @convention(c) (Call, gantry_str_v1, Record) -> Int32 = { call, id, error in
        run(call, "keys", "gantry.directory.revoke_key", error) { call, directory throws(PortOutcome) in
            let id = try ServiceCalls.text(id, atMost: maximumNameBytes, "id")
            return try directory.revokeKey(id: id, caller: call.principal) ? .ok : .end
        }
    }

    // MARK: the organization

    private static let organization: @convention(c) (Call, gantry_organization_fn_v1?, Context, Record) -> Int32 = {
        call, onOrganization, context, error in
        guard let onOrganization else { return ModuleStatus.invalid.rawValue }
        return run(call, "organization", "gantry.directory.organization", error) {
            call, directory throws(PortOutcome) in
            guard let record = try directory.organization(caller: call.principal) else { return .end }
            return ModuleStatus(rawValue: lend(record) { onOrganization(context, $0) })
        }
    }

    private static let setOrganization:
        @convention(c) (
            Call, UnsafePointer<gantry_organization_order_v1>?, gantry_organization_fn_v1?, Context, Record
        ) -> Int32 = { call, order, onOrganization, context, error in
            guard let order = order?.pointee, let onOrganization else { return ModuleStatus.invalid.rawValue }
            return run(call, "organization", "gantry.directory.set_organization", error) {
                call, directory throws(PortOutcome) in
                let fields = OrganizationFields(
                    name: try ServiceCalls.text(order.name, atMost: maximumNameBytes, "name"),
                    phone: try ServiceCalls.text(order.phone, atMost: maximumTextBytes, "phone"),
                    address: try ServiceCalls.text(order.address, atMost: maximumTextBytes, "address"),
                    taxKind: try ServiceCalls.text(order.tax_kind, atMost: maximumTextBytes, "tax_kind"),
                    taxNumber: try ServiceCalls.text(order.tax_number, atMost: maximumTextBytes, "tax_number"))
                guard !fields.name.isEmpty else {
                    throw PortOutcome(.invalid, message: "An organization needs a name.")
                }
                let record = try directory.setOrganization(fields, caller: call.principal)
                return ModuleStatus(rawValue: lend(record) { onOrganization(context, $0) })
            }
        }

    // MARK: people

    private static let members: @convention(c) (Call, gantry_member_fn_v1?, Context, Record) -> Int32 = {
        call, onMember, context, error in
        guard let onMember else { return ModuleStatus.invalid.rawValue }
        return run(call, "members", "gantry.directory.members", error) { call, directory throws(PortOutcome) in
            tell(try directory.members(caller: call.principal)) { lend($0) { onMember(context, $0) } }
        }
    }

    private static let member: @convention(c) (Call, gantry_str_v1, gantry_member_fn_v1?, Context, Record) -> Int32 = {
        call, user, onMember, context, error in
        guard let onMember else { return ModuleStatus.invalid.rawValue }
        return run(call, "members", "gantry.directory.member", error) { call, directory throws(PortOutcome) in
            let user = try ServiceCalls.text(user, atMost: maximumNameBytes, "user")
            guard let record = try directory.member(user, caller: call.principal) else { return .end }
            return ModuleStatus(rawValue: lend(record) { onMember(context, $0) })
        }
    }

    private static let removeMember: @convention(c) (Call, gantry_str_v1, Record) -> Int32 = { call, user, error in
        run(call, "members", "gantry.directory.remove_member", error) { call, directory throws(PortOutcome) in
            let user = try ServiceCalls.text(user, atMost: maximumNameBytes, "user")
            return try directory.removeMember(user, caller: call.principal) ? .ok : .end
        }
    }

    private static let invitations: @convention(c) (Call, gantry_invitation_fn_v1?, Context, Record) -> Int32 = {
        call, onInvitation, context, error in
        guard let onInvitation else { return ModuleStatus.invalid.rawValue }
        return run(call, "members", "gantry.directory.invitations", error) { call, directory throws(PortOutcome) in
            tell(try directory.invitations(caller: call.principal)) { lend($0) { onInvitation(context, $0) } }
        }
    }

    private static let invite:
        @convention(c) (
            Call, UnsafePointer<gantry_invitation_order_v1>?, gantry_invitation_fn_v1?, Context, Record
        ) -> Int32 = { call, order, onInvitation, context, error in
            guard let order = order?.pointee, let onInvitation else { return ModuleStatus.invalid.rawValue }
            return run(call, "members", "gantry.directory.invite", error) { call, directory throws(PortOutcome) in
                let email = try ServiceCalls.text(order.email, atMost: maximumNameBytes, "email")
                let role = Role(rawValue: try ServiceCalls.text(order.role, atMost: maximumNameBytes, "role"))
                guard EmailAddress.isPlain(email), let role, role != .public,
                    lifetimes.contains(order.lifetime_seconds)
                else { throw PortOutcome(.invalid, message: "Address, role or lifetime are none.") }
                let record = try directory.invite(
                    InvitationOrder(email: email, role: role, lifetimeSeconds: order.lifetime_seconds),
                    caller: call.principal)
                return ModuleStatus(rawValue: lend(record) { onInvitation(context, $0) })
            }
        }

    private static let withdrawInvitation: @convention(c) (Call, gantry_str_v1, Record) -> Int32 = {
        call, id, error in
        run(call, "members", "gantry.directory.withdraw_invitation", error) { call, directory throws(PortOutcome) in
            let id = try ServiceCalls.text(id, atMost: maximumNameBytes, "id")
            return try directory.withdrawInvitation(id: id, caller: call.principal) ? .ok : .end
        }
    }

    private static let acceptInvitation:
        @convention(c) (Call, gantry_str_v1, gantry_member_fn_v1?, Context, Record) -> Int32 = {
            call, text, onMember, context, error in
            guard let onMember else { return ModuleStatus.invalid.rawValue }
            return run(call, "members", "gantry.directory.accept_invitation", error) {
                call, directory throws(PortOutcome) in
                let text = try ServiceCalls.text(text, atMost: maximumNameBytes, "text")
                guard let record = try directory.acceptInvitation(text, caller: call.principal) else { return .end }
                return ModuleStatus(rawValue: lend(record) { onMember(context, $0) })
            }
        }

    // MARK: lending

    private static func run(
        _ call: Call, _ part: String, _ function: StaticString, _ error: Record,
        _ body: (ModuleCall, any DirectoryPort) throws(PortOutcome) -> ModuleStatus
    ) -> Int32 {
        ServiceCalls.run(call, \.directory, error, waits: true, needs: (.directory, function)) {
            call, directory throws(PortOutcome) in
            guard call.instance.isGranted(.directory, part: part) else {
                throw call.instance.refusal(.directory, part: part, function)
            }
            return try body(call, directory)
        }
    }

    /// Lends one after the other until there are no more, or the module has had enough.
    private static func tell<Item>(_ items: [Item], _ lend: (Item) -> Int32) -> ModuleStatus {
        for item in items {
            let status = ModuleStatus(rawValue: lend(item))
            if status == .end { break }
            if status != .ok { return status }
        }
        return .ok
    }

    private static func lend(_ key: KeyListing, _ body: (UnsafePointer<gantry_key_v1>) -> Int32) -> Int32 {
        lend([key.id, key.name, key.description, key.text]) { texts in
            var lent = gantry_key_v1(
                id: texts[0], name: texts[1], description: texts[2], text: texts[3],
                created_milliseconds: key.createdAtMilliseconds, expires_milliseconds: key.expiresAtMilliseconds,
                used_milliseconds: key.usedAtMilliseconds, revoked_milliseconds: key.revokedAtMilliseconds)
            return body(&lent)
        }
    }

    private static func lend(
        _ record: OrganizationRecord, _ body: (UnsafePointer<gantry_organization_v1>) -> Int32
    ) -> Int32 {
        let fields = record.fields
        return lend([
            record.id, record.tenant, fields.name, fields.phone, fields.address, fields.taxKind, fields.taxNumber,
        ]) { texts in
            var lent = gantry_organization_v1(
                id: texts[0], tenant: texts[1], name: texts[2], phone: texts[3], address: texts[4], tax_kind: texts[5],
                tax_number: texts[6], created_milliseconds: record.createdAtMilliseconds,
                updated_milliseconds: record.updatedAtMilliseconds)
            return body(&lent)
        }
    }

    private static func lend(_ member: MemberRecord, _ body: (UnsafePointer<gantry_member_v1>) -> Int32) -> Int32 {
        lend([member.user, member.email, member.role.rawValue]) { texts in
            var lent = gantry_member_v1(
                user: texts[0], email: texts[1], role: texts[2], joined_milliseconds: member.joinedAtMilliseconds)
            return body(&lent)
        }
    }

    private static func lend(
        _ invitation: InvitationRecord, _ body: (UnsafePointer<gantry_invitation_v1>) -> Int32
    ) -> Int32 {
        let texts = [
            invitation.id, invitation.email, invitation.role.rawValue, invitation.invitedBy, invitation.text,
        ]
        return lend(texts) { texts in
            var lent = gantry_invitation_v1(
                id: texts[0], email: texts[1], role: texts[2], invited_by: texts[3], text: texts[4],
                invited_milliseconds: invitation.invitedAtMilliseconds,
                expires_milliseconds: invitation.expiresAtMilliseconds)
            return body(&lent)
        }
    }

    private static func lend(_ texts: [String], _ body: ([gantry_str_v1]) -> Int32) -> Int32 {
        var lent = LentTexts()
        for text in texts { _ = lent.add(text) }
        return lent.lend(body)
    }
}
