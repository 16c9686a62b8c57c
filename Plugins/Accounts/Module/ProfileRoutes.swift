import GantryKit

extension AccountsModule {
    static var profileHandlers: [Handler<Self>] {
        [
            .operation("getCurrentUser") { _, request in try showCaller(request) },
            .operation("updateCurrentUser") { _, request in try changeCaller(request) },
        ]
    }

    private static let profile = """
        SELECT removed_at, last_login_at, id, email, full_name, avatar_url, role, is_active, subscription_plan,
            subscription_status, created_at,
            CASE WHEN subscription_plan <> 'free' AND subscription_status IN ('active', 'trialing') THEN 1 ELSE 0 END
        FROM accounts WHERE id = $1
        """

    /// One statement and one buffer, unless the token is newer than all before it.
    private static func showCaller(_ request: borrowing Request) throws -> Response {
        let id = try Caller.id(request)
        let issuedAt = try request.services.call(PlatformServices.issuedAt)
        var writer = JSONWriter(capacity: 512)
        let moment = try Moment(request)
        let isKnown = try request.database.read { tx in
            try tx.first(profile, id) { row -> Bool in
                guard try row.isNull(0), try row.get(1, as: Int64?.self) ?? 0 >= issuedAt else { return false }
                writer.removeAll()
                try writer.profile(row, moment)
                return true
            }
        }
        if isKnown == true { return Response(contentType: "application/json", bytes: writer.bytes) }
        let account = try Caller.account(request)
        return .json(capacity: 512) { $0.account(account, forAdministrators: false, moment) }
    }

    private static func changeCaller(_ request: borrowing Request) throws -> Response {
        let known = try Caller.account(request)
        let body = request.body
        let name = body["full_name"].map { $0.isNull ? nil : Optional($0).trimmedText }
        let picture = body["avatar_url"].map { $0.isNull ? nil : Optional($0).trimmedText }
        let actor = try Caller.person(request)
        let now = try request.clock.milliseconds()
        let account = try request.database.write { tx in
            let old = try AccountTable.present(known.id, tx)
            var new = old
            if let name { new.fullName = name }
            if let picture { new.avatarURL = picture }
            return try AccountTable.update(new, from: old, by: actor, at: now, tx)
        }
        let moment = try Moment(request)
        return .json(capacity: 512) { $0.account(account, forAdministrators: false, moment) }
    }
}

extension JSONWriter {
    /// Writes a row of the profile without making strings of it.
    fileprivate mutating func profile(_ row: borrowing Row, _ moment: Moment) throws {
        beginObject()
        key("id")
        try text(row, 2)
        let texts: [(StaticString, Int)] = [("email", 3), ("full_name", 4), ("avatar_url", 5)]
        for (name, column) in texts {
            key(name)
            try optionalText(row, column)
        }
        key("role")
        try text(row, 6)
        key("is_active")
        try flag(row, 7)
        key("subscription_plan")
        try text(row, 8)
        key("subscription_status")
        try text(row, 9)
        key("created_at")
        try timestamp(row, 10)
        if moment.isSecondVersion {
            computed(isPremium: try row[11], createdAt: try row[10], moment)
        }
        endObject()
    }
}
