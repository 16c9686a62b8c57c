import GantryKit

/// What a request asks of an issue.
struct IssueUpdate {
    /// What becomes of the assignee.
    enum Assignment {
        /// It stays.
        case kept
        /// Nobody is assigned.
        case cleared
        /// A member is assigned.
        case user(String)
    }

    /// The issue as the path names it.
    let issueId: String
    /// The status that is wanted.
    let status: IssueStatus
    /// The assignee that is wanted.
    let assignment: Assignment

    /// Reads the body of `updateIssue`.
    init(issueId: String, body: JSONValue) throws {
        guard let status = IssueStatus(body["status"]?.string) else {
            throw HostError(.invalid, message: "A status that passed the contract check cannot be read.")
        }
        self.issueId = issueId.lowercased()
        self.status = status
        switch body["assignedTo"] {
        case nil: assignment = .kept
        case let value?: assignment = value.string.map { .user($0) } ?? .cleared
        }
    }

    /// Changes the issue and returns it.
    ///
    /// Throws a `Failure` when there is no such issue (404) or it may not move like that (409), and a `Refusal` when
    /// `isActiveMember` says that the assignee is none. Nothing is stored or published when nothing changes.
    ///
    /// - Parameters:
    ///   - caller: User or API key that asks, for the event.
    ///   - isActiveMember: Says whether the wanted assignee is an active member of the tenant.
    func apply(
        by caller: String, nowMilliseconds: Int64, _ tx: borrowing Transaction, isActiveMember: Bool
    ) throws -> StoredIssue {
        guard let old = try IssueTable.find(issueId, tx) else {
            throw Failure(404, reason: "not_found", "No such issue.")
        }
        var new = old
        new.status = status
        switch assignment {
        case .kept: break
        case .cleared: new.assignee = nil
        case .user(let userId):
            guard isActiveMember else {
                throw Refusal([
                    FieldFinding("assignedTo", code: "unknown_reference", "No active member has this identifier.")
                ])
            }
            new.assignee = userId
        }
        guard old.status.allows(new.status) else {
            throw Failure(
                409, reason: "issue_transition_not_allowed",
                "An issue cannot move from \(old.status.rawValue) to \(new.status.rawValue).")
        }
        guard new.status != old.status || new.assignee != old.assignee else { return old }
        try IssueTable.update(new, nowMilliseconds: nowMilliseconds, tx)
        try new.publishUpdate(by: caller, tx)
        return new
    }
}
