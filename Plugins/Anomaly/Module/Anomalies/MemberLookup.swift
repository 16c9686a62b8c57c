import GantryKit

extension AnomalyModule {
    /// Whether a user identifier names an active member of the tenant.
    static func isActiveMember(_ userId: String, _ request: borrowing Request) throws -> Bool {
        try request.directory.member(userId) != nil
    }
}
