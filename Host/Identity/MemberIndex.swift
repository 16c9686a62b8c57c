public import GantryCore
import GantryThreads
import Synchronization

/// A user's place in a tenant that somebody has given him, rather than his tokens.
public struct Membership: Sendable, Equatable {
    /// The tenant.
    public var tenant: String
    /// The user.
    public var user: String
    /// `UserFacts.origin` of the user.
    public var origin: String
    /// What he may do there, whatever his tokens say.
    public var role: Role
    /// Milliseconds since 1970.
    public var joinedAtMilliseconds: Int64

    /// Creates one.
    public init(tenant: String, user: String, origin: String, role: Role, joinedAtMilliseconds: Int64) {
        self.tenant = tenant
        self.user = user
        self.origin = origin
        self.role = role
        self.joinedAtMilliseconds = joinedAtMilliseconds
    }
}

/// A user who has come with a good token for a tenant.
public struct SeenUser: Sendable, Equatable {
    /// The tenant that the token speaks for.
    public var tenant: String
    /// The user.
    public var user: String
    /// `UserFacts.origin` of the user.
    public var origin: String
    /// The address in the token; empty for none.
    public var email: String
    /// The role in the token.
    public var role: Role
    /// Milliseconds since 1970.
    public var seenAtMilliseconds: Int64

    /// Creates one.
    public init(
        tenant: String, user: String, origin: String, email: String, role: Role, seenAtMilliseconds: Int64
    ) {
        self.tenant = tenant
        self.user = user
        self.origin = origin
        self.email = email
        self.role = role
        self.seenAtMilliseconds = seenAtMilliseconds
    }
}

/// Keeps who belongs to which tenant durably. May block.
public protocol MemberStorage: Sendable {
    /// All places that somebody was given.
    func memberships() throws -> [Membership]
    /// Who was removed from which tenant, and when.
    func removedUsers() throws -> [(tenant: String, user: String, atMilliseconds: Int64)]
    /// Writes down who has come. Those of unknown tenants and those who were removed are left out; a role that somebody
    /// was given stays.
    func record(_ users: [SeenUser]) throws
}

/// Who belongs to which tenant, beside what tokens say: resolves tokens that name no tenant, and ends those of people
/// who were removed. API keys never come here. Any thread.
public final class MemberIndex: Sendable {
    private struct State {
        /// By user, in the order of joining.
        var memberships: [String: [Membership]] = [:]
        /// By user and tenant, with the moment.
        var removals: [String: [String: Int64]] = [:]
        var seen: [SeenUser] = []
        var isRecording = false
    }

    /// So many wait to be written down; who comes beyond that is written down when the next token of his is verified.
    private static let maximumSeen = 10_000

    private let storage: any MemberStorage
    private let submit: @Sendable (@escaping @Sendable () -> Void) -> Bool
    private let state = Lock(State())
    /// Held while users are being written down, so that `recordSeen` waits for those of another thread.
    private let recording = Lock(())
    private let changes = Atomic<UInt64>(1)

    /// Reads all places from the storage.
    /// - Parameter submit: Runs work that may wait on another thread; false where it will not.
    public init(
        storage: any MemberStorage, submit: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool
    ) throws {
        self.storage = storage
        self.submit = submit
        let (memberships, removed) = (try storage.memberships(), try storage.removedUsers())
        state.withLock { state in
            for membership in memberships { Self.add(membership, to: &state) }
            for (tenant, user, time) in removed { state.removals[user, default: [:]][tenant] = time }
        }
    }

    /// Grows with every change, so that what was learned from the index can be remembered until then.
    public var generation: UInt64 { changes.load(ordering: .acquiring) }

    /// Takes a place in that is stored already; it also ends a removal.
    public func adopt(_ membership: Membership) {
        state.withLock { state in
            state.removals[membership.user]?[membership.tenant] = nil
            state.memberships[membership.user]?.removeAll { $0.tenant == membership.tenant }
            Self.add(membership, to: &state)
        }
        changes.add(1, ordering: .releasing)
    }

    /// Takes a removal in that is stored already.
    public func remove(user: String, tenant: String, atMilliseconds time: Int64) {
        state.withLock { state in
            state.removals[user, default: [:]][tenant] = time
            state.memberships[user]?.removeAll { $0.tenant == tenant }
            if state.memberships[user]?.isEmpty == true { state.memberships[user] = nil }
        }
        changes.add(1, ordering: .releasing)
    }

    private static func add(_ membership: Membership, to state: inout State) {
        state.memberships[membership.user, default: []].append(membership)
        state.memberships[membership.user]?.sort {
            ($0.joinedAtMilliseconds, $0.tenant) < ($1.joinedAtMilliseconds, $1.tenant)
        }
    }

    /// Who the bearer of a good token is, by what is known of him: a token that names no tenant stands for the place
    /// that its bearer was given first; a role that was given counts for more than the token's; and the token of a
    /// removed person stands for no tenant, unless he was given a place since.
    func resolve(_ principal: Principal) -> Principal {
        guard principal.kind == .user else { return principal }
        let (given, removedAt) = state.withLock { state in
            (
                state.memberships[principal.subject] ?? [],
                principal.tenant.isEmpty ? nil : state.removals[principal.subject]?[principal.tenant]
            )
        }
        if given.isEmpty, removedAt == nil { return principal }
        if principal.tenant.isEmpty || removedAt != nil {
            let place = given.first {
                $0.origin == principal.user.origin && $0.joinedAtMilliseconds > removedAt ?? .min
            }
            if let place { return principal.with(tenant: place.tenant, role: place.role) }
            return removedAt == nil ? principal : principal.removed()
        }
        let place = given.first { $0.tenant == principal.tenant }
        guard let place, place.role != principal.role else { return principal }
        return principal.with(tenant: place.tenant, role: place.role)
    }

    /// Sees to it that who has come with a token is written down soon.
    func note(_ principal: Principal, nowMilliseconds: Int64) {
        guard principal.kind == .user, !principal.tenant.isEmpty, principal.user.actor.isEmpty else { return }
        let seen = SeenUser(
            tenant: principal.tenant, user: principal.subject, origin: principal.user.origin,
            email: principal.user.email, role: principal.role, seenAtMilliseconds: nowMilliseconds)
        let begins = state.withLock { state in
            guard state.seen.count < Self.maximumSeen else { return false }
            state.seen.append(seen)
            defer { state.isRecording = true }
            return !state.isRecording
        }
        guard begins else { return }
        if !submit({ try? self.recordSeen() }) { state.withLock { $0.isRecording = false } }
    }

    /// Writes down who has come and waits for that: then the storage tells the truth. Those who could not be written
    /// down are tried again with the next.
    public func recordSeen() throws {
        try recording.withLock { _ in
            while true {
                let batch = state.withLock { state in
                    defer { state.seen = [] }
                    if state.seen.isEmpty { state.isRecording = false }
                    return state.seen
                }
                if batch.isEmpty { return }
                do { try storage.record(batch) } catch {
                    state.withLock { state in
                        state.seen = batch + state.seen
                        state.isRecording = false
                    }
                    throw error
                }
            }
        }
    }
}

extension Principal {
    /// The same user in a tenant.
    fileprivate func with(tenant: String, role: Role) -> Principal {
        Principal(kind: .user, subject: subject, role: role, tenant: tenant, user: user)
    }

    /// The same user, whom the tenant has removed.
    fileprivate func removed() -> Principal {
        var facts = user
        facts.formerTenant = tenant
        return Principal(kind: .user, subject: subject, role: .user, tenant: "", user: facts)
    }
}
