import GantryKit
import PlatformParts

extension AccountsModule {
    static var administrationHandlers: [Handler<Self>] {
        [
            .operation("adminListUsers") { _, request in try listAccounts(request) },
            .operation("adminGetUser") { _, request in
                let id = request.parameters[0]
                let account = try request.database.read { tx in try AccountTable.present(id, tx) }
                let moment = try Moment(request)
                return .json(capacity: 512) { $0.account(account, forAdministrators: true, moment) }
            },
            .operation("adminUpdateUser") { _, request in
                let body = request.body
                let role = body["role"]?.string.flatMap(AccountRole.init)
                let change = AccountChange(role: role, isActive: body["is_active"]?.bool, action: "user.update")
                return try apply(change, request)
            },
            .operation("adminDeactivateUser") { _, request in
                try apply(AccountChange(role: nil, isActive: false, action: "user.deactivate"), request)
            },
            .operation("adminActivateUser") { _, request in
                try apply(AccountChange(role: nil, isActive: true, action: "user.activate"), request)
            },
        ]
    }

    private static func listAccounts(_ request: borrowing Request) throws -> Response {
        _ = try Caller.account(request)
        let page = try ListPage(request.query)
        let (total, accounts) = try request.database.read { tx in
            let total = try tx.one("SELECT COUNT(*) FROM accounts WHERE removed_at IS NULL") { row in
                try row[0] as Int
            }
            let accounts = try tx.rows(
                """
                SELECT \(Account.columns) FROM accounts WHERE removed_at IS NULL
                ORDER BY created_at DESC, id LIMIT $1 OFFSET $2
                """, page.limit, page.skip
            ) { row in try Account(row) }
            return (total, accounts)
        }
        let moment = try Moment(request)
        return page.response(itemCapacity: 384) { writer in
            for account in accounts { writer.account(account, forAdministrators: true, moment) }
            return accounts.count
        } count: {
            total
        }
    }

    private static func apply(_ change: AccountChange, _ request: borrowing Request) throws -> Response {
        let actor = try Caller.account(request).id
        let id = request.parameters[0]
        let address = request.headers["x-forwarded-for"]
        let now = try request.clock.milliseconds()
        let account = try request.database.write { tx in
            try change.apply(to: id, by: actor, from: address, at: now, tx)
        }
        try Settlement.run(request)
        let moment = try Moment(request)
        return .json(capacity: 512) { $0.account(account, forAdministrators: true, moment) }
    }
}
