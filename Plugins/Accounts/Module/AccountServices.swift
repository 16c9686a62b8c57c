import GantryKit

extension AccountsModule {
    /// What other modules ask about people. Whoever was removed is nobody; whoever is shut out is still known.
    static var serviceHandlers: [Handler<Self>] {
        [
            .service(Service<Bool, String>("accounts.exists(string) -> bool")) { _, context, id in
                try find(id, context) != nil
            },
            // Empty where there is no such account, or none of its tokens and providers has told an address.
            .service(Service<String, String>("accounts.email(string) -> string")) { _, context, id in
                try find(id, context)?.email ?? ""
            },
            // `free`, `pro` or `enterprise`: the plan that counts now, which is free again when a subscription has
            // ended. Empty where there is no such account.
            .service(Service<String, String>("accounts.plan(string) -> string")) { _, context, id in
                try find(id, context)?.plan ?? ""
            },
        ]
    }

    private static func find(_ id: String, _ context: borrowing CallContext) throws -> Account? {
        let found = try context.database.read { tx in try AccountTable.find(id, tx) }
        return found?.removedAt == nil ? found : nil
    }
}
