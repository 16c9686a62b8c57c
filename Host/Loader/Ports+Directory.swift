public import GantryCore

/// The tenant's keys, organization and people, as one instance reaches them. All functions may wait for the disk.
/// `caller` is who made the request, nil where there is none. A refusal's `code` is a `DirectoryRefusal`.
public protocol DirectoryPort: AnyObject, Sendable {
    /// Makes a key; durable when this returns.
    func issueKey(_ order: KeyOrder, caller: Principal?) throws(PortOutcome) -> KeyListing
    /// All keys, newest first.
    func keys(caller: Principal?) throws(PortOutcome) -> [KeyListing]
    /// Ends a key, also one that has ended; false when there is none of the id.
    func revokeKey(id: String, caller: Principal?) throws(PortOutcome) -> Bool
    /// The organization; nil when there is none.
    func organization(caller: Principal?) throws(PortOutcome) -> OrganizationRecord?
    /// Creates or replaces the organization, for a user without a tenant with a tenant around it.
    func setOrganization(_ fields: OrganizationFields, caller: Principal?) throws(PortOutcome) -> OrganizationRecord
    /// The members in the order of joining.
    func members(caller: Principal?) throws(PortOutcome) -> [MemberRecord]
    /// One member; nil when the user is none.
    func member(_ user: String, caller: Principal?) throws(PortOutcome) -> MemberRecord?
    /// Removes a member; false when the user is none.
    func removeMember(_ user: String, caller: Principal?) throws(PortOutcome) -> Bool
    /// Open invitations in their order.
    func invitations(caller: Principal?) throws(PortOutcome) -> [InvitationRecord]
    /// Invites somebody; the answer alone has the text that is the way in.
    func invite(_ order: InvitationOrder, caller: Principal?) throws(PortOutcome) -> InvitationRecord
    /// Takes an invitation back; false when there is none of the id.
    func withdrawInvitation(id: String, caller: Principal?) throws(PortOutcome) -> Bool
    /// Gives the caller the place that the text promises; nil when no open invitation has that text.
    func acceptInvitation(_ text: String, caller: Principal?) throws(PortOutcome) -> MemberRecord?
}

/// Why the directory refuses: the finer reason beside the status, as `gantry/directory.h` numbers them.
public enum DirectoryRefusal: Int32, Sendable {
    case tenantRequired = 1
    case userRequired = 2
    case keyLimit = 3
    case belongs = 4
    case oneself = 5
    case lastAdmin = 6
    case role = 7
    case exists = 8
    case notProvisioned = 9
}

extension PortOutcome {
    /// A refusal of the directory.
    public init(_ refusal: DirectoryRefusal, _ message: String) {
        let status: ModuleStatus =
            switch refusal {
            case .tenantRequired, .userRequired, .role: .denied
            case .keyLimit: .limit
            case .belongs, .oneself, .lastAdmin, .exists: .conflict
            case .notProvisioned: .failed
            }
        self.init(status, code: refusal.rawValue, message: message)
    }
}

/// The key that a module asks for.
public struct KeyOrder: Sendable {
    /// Its name for people.
    public var name: String
    /// What it is for; empty for none.
    public var description: String
    /// How long it is good; 0 for ever.
    public var lifetimeSeconds: Int64
    /// Good keys that the tenant may have with it; 0 for any number.
    public var limit: Int

    /// An order.
    public init(name: String, description: String, lifetimeSeconds: Int64, limit: Int) {
        self.name = name
        self.description = description
        self.lifetimeSeconds = lifetimeSeconds
        self.limit = limit
    }
}

/// A key as modules see it. Times are milliseconds since 1970, 0 for none.
public struct KeyListing: Sendable {
    /// Its id.
    public var id: String
    /// Its name for people.
    public var name: String
    /// What it is for; empty for none.
    public var description: String
    /// The key itself, where it was just made; else empty.
    public var text = ""
    /// When it was made.
    public var createdAtMilliseconds: Int64
    /// When it ends.
    public var expiresAtMilliseconds: Int64
    /// When it was used last.
    public var usedAtMilliseconds: Int64
    /// When it was revoked.
    public var revokedAtMilliseconds: Int64

    /// A listing.
    public init(
        id: String, name: String, description: String, createdAtMilliseconds: Int64, expiresAtMilliseconds: Int64,
        usedAtMilliseconds: Int64, revokedAtMilliseconds: Int64
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.createdAtMilliseconds = createdAtMilliseconds
        self.expiresAtMilliseconds = expiresAtMilliseconds
        self.usedAtMilliseconds = usedAtMilliseconds
        self.revokedAtMilliseconds = revokedAtMilliseconds
    }
}

/// What an organization says of itself; empty for what it does not say.
public struct OrganizationFields: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Its telephone number.
    public var phone: String
    /// Its postal address.
    public var address: String
    /// The kind of its tax number.
    public var taxKind: String
    /// Its tax number.
    public var taxNumber: String

    /// The fields.
    public init(name: String, phone: String, address: String, taxKind: String, taxNumber: String) {
        self.name = name
        self.phone = phone
        self.address = address
        self.taxKind = taxKind
        self.taxNumber = taxNumber
    }
}

/// The organization of a tenant.
public struct OrganizationRecord: Sendable, Equatable {
    /// Its id.
    public var id: String
    /// The tenant.
    public var tenant: String
    /// What it says of itself.
    public var fields: OrganizationFields
    /// Milliseconds since 1970.
    public var createdAtMilliseconds: Int64
    /// When it was changed last, in milliseconds since 1970; 0 for never.
    public var updatedAtMilliseconds: Int64

    /// A record.
    public init(
        id: String, tenant: String, fields: OrganizationFields, createdAtMilliseconds: Int64,
        updatedAtMilliseconds: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.fields = fields
        self.createdAtMilliseconds = createdAtMilliseconds
        self.updatedAtMilliseconds = updatedAtMilliseconds
    }
}

/// A person of a tenant.
public struct MemberRecord: Sendable, Equatable {
    /// The user's id.
    public var user: String
    /// The user's address; empty where no token has told it.
    public var email: String
    /// What the user may do.
    public var role: Role
    /// Since when, in milliseconds since 1970.
    public var joinedAtMilliseconds: Int64

    /// A record.
    public init(user: String, email: String, role: Role, joinedAtMilliseconds: Int64) {
        self.user = user
        self.email = email
        self.role = role
        self.joinedAtMilliseconds = joinedAtMilliseconds
    }
}

/// The invitation that a module asks for.
public struct InvitationOrder: Sendable {
    /// Who is invited.
    public var email: String
    /// What the person will be allowed.
    public var role: Role
    /// How long it can be accepted.
    public var lifetimeSeconds: Int64

    /// An order.
    public init(email: String, role: Role, lifetimeSeconds: Int64) {
        self.email = email
        self.role = role
        self.lifetimeSeconds = lifetimeSeconds
    }
}

/// An invitation that is open.
public struct InvitationRecord: Sendable, Equatable {
    /// Its id.
    public var id: String
    /// Who is invited.
    public var email: String
    /// What the person will be allowed.
    public var role: Role
    /// Id of the user who invited; empty for the operator.
    public var invitedBy: String
    /// What the invited person shows, where it was just made; else empty.
    public var text: String
    /// Milliseconds since 1970.
    public var invitedAtMilliseconds: Int64
    /// Milliseconds since 1970.
    public var expiresAtMilliseconds: Int64

    /// A record.
    public init(
        id: String, email: String, role: Role, invitedBy: String, text: String, invitedAtMilliseconds: Int64,
        expiresAtMilliseconds: Int64
    ) {
        self.id = id
        self.email = email
        self.role = role
        self.invitedBy = invitedBy
        self.text = text
        self.invitedAtMilliseconds = invitedAtMilliseconds
        self.expiresAtMilliseconds = expiresAtMilliseconds
    }
}
