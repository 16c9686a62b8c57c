public import GantryJSON

/// A tenant as sister services see it.
public struct Organisation: Sendable, Equatable {
    /// The tenant's id.
    public var id: String
    /// Its name for people.
    public var name: String
    /// Whether it is served.
    public var status: TenantEntry.Status

    /// Creates one.
    public init(id: String, name: String, status: TenantEntry.Status) {
        self.id = id
        self.name = name
        self.status = status
    }

    /// The id as part of an address: lowercase letters, digits and single hyphens.
    public var slug: String {
        var slug = ""
        for byte in id.lowercased().utf8 {
            if (97...122).contains(byte) || (48...57).contains(byte) {
                slug.append(Character(Unicode.Scalar(byte)))
            } else if !slug.isEmpty, slug.last != "-" {
                slug.append("-")
            }
        }
        while slug.last == "-" { slug.removeLast() }
        return slug.isEmpty ? "tenant" : slug
    }
}

/// A notice of the auth service on one person, as it was checked against the contract.
public struct UserNotice: Sendable {
    /// What kind of change it tells of.
    public enum Kind: String, Sendable, CaseIterable {
        case created = "user.created"
        case updated = "user.updated"
        case deleted = "user.deleted"
    }

    /// Repeats of one id have no further effect.
    public var eventID: String
    /// What happened.
    public var kind: Kind
    /// When, as the notice says it.
    public var occurredAt: String
    /// The person.
    public var userID: String
    /// The tenants that the person belongs to from now on; nil where the notice does not say.
    public var tenants: [String]?
    /// The member `user` of the notice, as it came.
    public var user: JSONDocument
}

/// What becomes of a notice.
public enum NoticeOutcome: String, Sendable {
    case processed
    case duplicate
    case ignored
}

/// What the routes for sister services do; supplied by the runtime. Any thread; all may wait.
public protocol InternalRoutes: AnyObject, Sendable {
    /// All tenants of the deployment.
    func organisations() throws -> [Organisation]
    /// Takes a notice in; when this returns, it is durable.
    func take(_ notice: UserNotice) throws -> NoticeOutcome
}
