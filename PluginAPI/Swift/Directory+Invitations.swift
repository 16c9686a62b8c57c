import CGantry

extension Directory {
    /// All open invitations in their order.
    public func invitations() throws(HostError) -> [Invitation] {
        let table = try scope.tables.pointee.directory.get()
        var invitations: [Invitation] = []
        try HostError.checkRecord("gantry.directory invitations") { record in
            LentTaker<gantry_invitation_v1>.lend { raw in
                invitations.append(Invitation(raw.pointee))
                return Status.ok.rawValue
            } to: { context in
                table.pointee.invitations.unsafelyUnwrapped(scope.call, Lending.invitation, context, record)
            }
        }
        return invitations
    }

    /// Invites somebody. The text is what the invited person is to show; it is kept nowhere, and sending it is the
    /// module's part. Throws `.exists` when the address is a member's or invited already.
    public func invite(
        email: String, role: String = "user", lifetime: Duration = .seconds(7 * 86_400)
    ) throws(HostError) -> (invitation: Invitation, text: String) {
        let table = try scope.tables.pointee.directory.get()
        var arena = TextArena()
        let (email, role) = (arena.append(email), arena.append(role))
        var invited: (Invitation, String)?
        try HostError.checkRecord("gantry.directory invite") { record in
            arena.withBytes { bytes in
                var order = gantry_invitation_order_v1(
                    email: email.text(in: bytes), role: role.text(in: bytes),
                    lifetime_seconds: lifetime.components.seconds)
                return LentTaker<gantry_invitation_v1>.lend { raw in
                    invited = (Invitation(raw.pointee), raw.pointee.text.string)
                    return Status.ok.rawValue
                } to: { context in
                    table.pointee.invite.unsafelyUnwrapped(scope.call, &order, Lending.invitation, context, record)
                }
            }
        }
        guard let invited else { throw Self.nothing("invite") }
        return invited
    }

    /// Takes an invitation back; false when there is none of the id.
    @discardableResult
    public func withdrawInvitation(_ id: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.directory.get()
        return try Self.finding("gantry.directory withdraw_invitation") { record in
            id.withText { table.pointee.withdraw_invitation.unsafelyUnwrapped(scope.call, $0, record) }
        }
    }

    /// Gives the calling user, who belongs to no tenant, the place that the invitation promises; nil when no open
    /// invitation has that text.
    public func acceptInvitation(_ text: String) throws(HostError) -> Member? {
        let table = try scope.tables.pointee.directory.get()
        var member: Member?
        try HostError.checkRecord("gantry.directory accept_invitation") { record in
            text.withText { text in
                LentTaker<gantry_member_v1>.lend { raw in
                    member = Member(raw.pointee)
                    return Status.ok.rawValue
                } to: { context in
                    table.pointee.accept_invitation.unsafelyUnwrapped(
                        scope.call, text, Lending.member, context, record)
                }
            }
        }
        return member
    }
}

/// Why the directory has refused something.
public enum DirectoryRefusal: UInt32, Sendable {
    /// The caller belongs to no tenant.
    case tenantRequired = 1
    /// Only a user can do this.
    case userRequired = 2
    /// The tenant has as many good keys as it may.
    case keyLimit = 3
    /// The user belongs to a tenant by now.
    case belongs = 4
    /// Nobody removes himself.
    case oneself = 5
    /// A tenant keeps at least one admin.
    case lastAdmin = 6
    /// Only a superadmin may do this.
    case role = 7
    /// The address is a member's or invited already.
    case exists = 8
    /// The operator has set no modules for new tenants.
    case notProvisioned = 9
}

extension HostError {
    /// Why the directory has refused what a function of it was to do; nil for every other failure, and meaningless for
    /// other tables.
    public var directoryRefusal: DirectoryRefusal? { DirectoryRefusal(rawValue: UInt32(clamping: code)) }
}

extension Directory.Key {
    init(_ raw: gantry_key_v1) {
        self.init(
            id: raw.id.string, name: raw.name.string, description: raw.description.presentString,
            createdMilliseconds: raw.created_milliseconds, expiresMilliseconds: raw.expires_milliseconds.present,
            usedMilliseconds: raw.used_milliseconds.present, revokedMilliseconds: raw.revoked_milliseconds.present)
    }
}

extension Directory.Organization {
    init(_ raw: gantry_organization_v1) {
        self.init(
            id: raw.id.string, tenant: raw.tenant.string,
            fields: Directory.OrganizationFields(
                name: raw.name.string, phone: raw.phone.presentString, address: raw.address.presentString,
                taxKind: raw.tax_kind.presentString, taxNumber: raw.tax_number.presentString),
            createdMilliseconds: raw.created_milliseconds, updatedMilliseconds: raw.updated_milliseconds.present)
    }
}

extension Directory.Member {
    init(_ raw: gantry_member_v1) {
        self.init(
            user: raw.user.string, email: raw.email.presentString, role: raw.role.string,
            joinedMilliseconds: raw.joined_milliseconds)
    }
}

extension Directory.Invitation {
    init(_ raw: gantry_invitation_v1) {
        self.init(
            id: raw.id.string, email: raw.email.string, role: raw.role.string,
            invitedBy: raw.invited_by.presentString, invitedMilliseconds: raw.invited_milliseconds,
            expiresMilliseconds: raw.expires_milliseconds)
    }
}

extension gantry_str_v1 {
    /// A copy of the text; nil where an empty one stands for none.
    fileprivate var presentString: String? { size == 0 ? nil : string }
}

extension Int64 {
    /// A time; nil where 0 stands for none.
    fileprivate var present: Int64? { self == 0 ? nil : self }
}
