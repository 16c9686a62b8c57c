import CGantry
import GantryKit

/// `gantry.directory`: keys, organization and people in memory.
enum DirectoryTable {
    static let table = gantry_directory_v1(
        issue_key: { call, order, onKey, context, error in
            directory(call, "issue_key", error) { state, call, now in
                guard let order = order?.pointee, let onKey else { return .status(.invalid) }
                let good = state.keys.count { $0.revoked == 0 && ($0.expires == 0 || $0.expires > now) }
                if order.limit > 0, good >= order.limit { return .refused(.keyLimit) }
                let end = order.lifetime_seconds > 0 ? now + order.lifetime_seconds * 1000 : 0
                let key = StoredKey(
                    id: call.identifier(), name: order.name.copy, description: order.description.copy, created: now,
                    expires: end)
                state.keys.append(key)
                let text = "cak_" + String(repeating: "t", count: 43 - key.id.count) + key.id
                return .lend { memory in onKey(context, memory.lent(key.raw(in: memory, text: text))) }
            }
        },
        keys: { call, onKey, context, error in
            directory(call, "keys", error) { state, _, _ in
                guard let onKey else { return .status(.invalid) }
                let keys = state.keys.reversed()
                return .lend { memory in
                    each(keys) { onKey(context, memory.lent($0.raw(in: memory, text: ""))) }
                }
            }
        },
        revoke_key: { call, id, error in
            directory(call, "revoke_key", error) { state, _, now in
                guard let index = state.keys.firstIndex(where: { $0.id == id.copy }) else { return .status(.end) }
                if state.keys[index].revoked == 0 { state.keys[index].revoked = now }
                return .status(.ok)
            }
        },
        organization: { call, onOrganization, context, error in
            directory(call, "organization", error, allowsStrangers: true) { state, call, _ in
                guard let onOrganization else { return .status(.invalid) }
                guard !call.isStranger, let organization = state.organization else { return .status(.end) }
                return .lend { onOrganization(context, $0.lent(organization.raw(in: $0, tenant: call.tenant))) }
            }
        },
        set_organization: { call, order, onOrganization, context, error in
            directory(call, "set_organization", error, allowsStrangers: true) { state, call, now in
                guard let order = order?.pointee, let onOrganization, order.name.size > 0 else {
                    return .status(.invalid)
                }
                let organization = state.replaceOrganization(
                    StoredOrganization.Fields(order), call: call, atMilliseconds: now)
                return .lend { onOrganization(context, $0.lent(organization.raw(in: $0, tenant: call.tenant))) }
            }
        },
        members: { call, onMember, context, error in
            directory(call, "members", error) { state, _, _ in
                guard let onMember else { return .status(.invalid) }
                let members = state.members
                return .lend { memory in each(members) { onMember(context, memory.lent($0.raw(in: memory))) } }
            }
        },
        member: { call, user, onMember, context, error in
            directory(call, "member", error) { state, _, _ in
                guard let onMember else { return .status(.invalid) }
                guard let member = state.members.first(where: { $0.user == user.copy }) else { return .status(.end) }
                return .lend { onMember(context, $0.lent(member.raw(in: $0))) }
            }
        },
        remove_member: { call, user, error in
            directory(call, "remove_member", error) { state, call, _ in
                state.removeMember(user.copy, by: call.principal)
            }
        },
        invitations: { call, onInvitation, context, error in
            directory(call, "invitations", error) { state, _, now in
                guard let onInvitation else { return .status(.invalid) }
                let invitations = state.invitations.filter { $0.expires > now }
                return .lend { memory in
                    each(invitations) { onInvitation(context, memory.lent($0.raw(in: memory, text: ""))) }
                }
            }
        },
        invite: { call, order, onInvitation, context, error in
            directory(call, "invite", error) { state, call, now in
                guard let order = order?.pointee, let onInvitation else { return .status(.invalid) }
                let email = order.email.copy
                if state.members.contains(where: { $0.email == email })
                    || state.invitations.contains(where: { $0.email == email && $0.expires > now })
                {
                    return .refused(.exists)
                }
                let invitation = StoredInvitation(
                    id: call.identifier(), email: email, role: order.role.copy, invitedBy: call.principal.subject,
                    invited: now, expires: now + order.lifetime_seconds * 1000)
                state.invitations.append(invitation)
                return .lend { memory in
                    onInvitation(context, memory.lent(invitation.raw(in: memory, text: "inv_" + invitation.id)))
                }
            }
        },
        withdraw_invitation: { call, id, error in
            directory(call, "withdraw_invitation", error) { state, _, _ in
                let before = state.invitations.count
                state.invitations.removeAll { $0.id == id.copy }
                return .status(state.invitations.count < before ? .ok : .end)
            }
        },
        accept_invitation: { call, text, onMember, context, error in
            directory(call, "accept_invitation", error, allowsStrangers: true) { state, call, now in
                guard let onMember else { return .status(.invalid) }
                guard call.isStranger else { return .refused(.belongs) }
                let open = state.invitations.firstIndex { "inv_" + $0.id == text.copy && $0.expires > now }
                guard let open else { return .status(.end) }
                let invitation = state.invitations.remove(at: open)
                let member = TestMember(
                    user: call.principal.subject, email: invitation.email, role: invitation.role,
                    joinedMilliseconds: now)
                state.strangers.remove(member.user)
                state.members.append(member)
                return .lend { onMember(context, $0.lent(member.raw(in: $0))) }
            }
        })

    /// What a function answers.
    enum Answer {
        case status(Status)
        case refused(DirectoryRefusal)
        /// Lends something to the module once nothing is locked.
        case lend((LentMemory) -> Int32)
    }

    /// A call as the functions see it.
    struct Caller {
        let principal: TestPrincipal
        let isStranger: Bool
        let tenant: String
        let identifier: () -> String
    }

    private static func each<Item>(_ items: some Sequence<Item>, _ body: (Item) -> Int32) -> Int32 {
        for item in items {
            let status = body(item)
            if status == Status.end.rawValue { break }
            if status != Status.ok.rawValue { return status }
        }
        return Status.ok.rawValue
    }

    /// Calls a function; who calls as a user of the tenant is a member of it from then on, as with the real host.
    private static func directory(
        _ call: UnsafePointer<gantry_call_v1>?, _ name: String, _ error: UnsafeMutablePointer<gantry_error_v1>?,
        allowsStrangers: Bool = false, _ body: (inout DirectoryState, Caller, Int64) -> Answer
    ) -> Int32 {
        let tenant = call?.pointee.tenant.copy ?? ""
        return TestHost.with(call, "gantry.directory \(name)", waits: true) { host, call in
            let now = host.threads.wallMilliseconds
            let answer = host.state.withLock { state -> Answer in
                let isUser = call.principal.kind == GANTRY_PRINCIPAL_USER
                let isStranger = isUser && state.directory.strangers.contains(call.principal.subject)
                if isStranger, !allowsStrangers { return .refused(.tenantRequired) }
                if isUser, !isStranger { state.directory.see(call.principal, atMilliseconds: now) }
                // The host's state is locked, so that the next number is taken from it and not from the host.
                var last = state.lastNumber
                let caller = Caller(principal: call.principal, isStranger: isStranger, tenant: tenant) {
                    last += 1
                    return TestHost.identifier(number: last)
                }
                defer { state.lastNumber = last }
                return body(&state.directory, caller, now)
            }
            switch answer {
            case .status(let status): return status
            case .refused(let refusal):
                error?.fill(code: Int(refusal.rawValue), "The directory refuses this: \(refusal).")
                return refusal.status
            case .lend(let lend): return Status(rawValue: lend(LentMemory()))
            }
        }
    }
}

extension DirectoryRefusal {
    fileprivate var status: Status {
        switch self {
        case .tenantRequired, .userRequired, .role: .denied
        case .keyLimit: .limit
        case .belongs, .oneself, .lastAdmin, .exists: .conflict
        case .notProvisioned: .failed
        }
    }
}

extension LentMemory {
    fileprivate func lent<Raw>(_ raw: Raw) -> UnsafePointer<Raw>? { array([raw]).map { UnsafePointer($0) } }
}

extension TestHost {
    /// The people of the tenant. Users who make requests that reach the directory join by themselves.
    public var members: [TestMember] {
        get { state.withLock { $0.directory.members } }
        set { state.withLock { $0.directory.members = newValue } }
    }

    /// Ids of users who belong to no tenant; all others belong to the host's.
    public var strangers: Set<String> {
        get { state.withLock { $0.directory.strangers } }
        set { state.withLock { $0.directory.strangers = newValue } }
    }
}
