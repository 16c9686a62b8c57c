public import GantryCore
import GantryThreads
import Synchronization

/// What an account may do, as the module that keeps the tenant's accounts has said.
public struct AccountStanding: Sendable, Equatable {
    /// Whether the person is let in.
    public enum State: String, Sendable, CaseIterable {
        case active
        /// Known, and refused with 403.
        case inactive
        /// Gone: the person's tokens are none.
        case removed
    }

    /// The tenant.
    public var tenant: String
    /// The user.
    public var user: String
    /// What he may do there, whatever his tokens say.
    public var role: Role
    /// Whether he is let in.
    public var state: State
    /// Grows with each change.
    public var revision: Int64

    /// Creates one.
    public init(tenant: String, user: String, role: Role, state: State, revision: Int64) {
        self.tenant = tenant
        self.user = user
        self.role = role
        self.state = state
        self.revision = revision
    }
}

/// What the accounts of all tenants may do: decides over role and admission of those who have one. API keys never come
/// here. Any thread.
public final class AccountIndex: Sendable {
    private struct Entry {
        var role: Role
        var state: AccountStanding.State
        var revision: Int64
    }

    private let entries = Lock<[String: [String: Entry]]>([:])
    private let changes = Atomic<UInt64>(1)
    private let defaultTenant: String

    /// An index of what is stored.
    /// - Parameter defaultTenant: Whose accounts those have who belong to no tenant.
    public init(_ standings: [AccountStanding] = [], defaultTenant: String = "") {
        self.defaultTenant = defaultTenant
        for standing in standings { _ = take(standing) }
    }

    /// Grows with every change.
    public var generation: UInt64 { changes.load(ordering: .acquiring) }

    /// Takes in what is stored already, unless something newer is known.
    public func adopt(_ standing: AccountStanding) {
        if take(standing) { changes.add(1, ordering: .releasing) }
    }

    private func take(_ standing: AccountStanding) -> Bool {
        entries.withLock { entries in
            if let known = entries[standing.tenant]?[standing.user], known.revision >= standing.revision {
                return false
            }
            entries[standing.tenant, default: [:]][standing.user] = Entry(
                role: standing.role, state: standing.state, revision: standing.revision)
            return true
        }
    }

    /// Who the bearer of a good token is by his account; the same where he has none. Nil for one who was removed, and
    /// for a token of impersonation that nobody may bear any more.
    func resolve(_ principal: Principal) -> Principal? {
        guard principal.kind == .user else { return principal }
        let actorID = principal.user.actor
        let (entry, actor) = entries.withLock { entries in
            let accounts = entries[principal.tenant.isEmpty ? defaultTenant : principal.tenant]
            return (accounts?[principal.subject], actorID.isEmpty ? nil : accounts?[actorID])
        }
        guard let entry else { return actorID.isEmpty ? principal : nil }
        guard entry.state != .removed else { return nil }
        var isActive = entry.state == .active
        if !actorID.isEmpty {
            guard let actor, actor.state != .removed else { return nil }
            // He may have lost what let him act for somebody, and the other may have become more than he.
            isActive = isActive && actor.state == .active && actor.role >= .admin && actor.role > entry.role
        }
        if entry.role == principal.role && isActive { return principal }
        var facts = principal.user
        facts.isShutOut = !isActive
        return Principal(
            kind: .user, subject: principal.subject, role: entry.role, tenant: principal.tenant, user: facts)
    }
}
