import GantryKit
import PlatformParts

extension AccountsModule {
    static var deliveryHandlers: [Handler<Self>] {
        [
            .operation("receiveClerkWebhook") { _, request in try take(request, from: "clerk", readClerk) },
            .operation("receiveSupabaseWebhook") { _, request in try take(request, from: "supabase", readSupabase) },
        ]
    }

    private static func take(
        _ request: borrowing Request, from provider: String, _ read: (JSONValue) throws -> ProviderChange?
    ) throws -> Response {
        let now = try request.clock.milliseconds()
        let response = try Inbox(provider).take(request, read: read) { change, tx in
            guard let change else { return .ignored }
            return try change.apply(at: now, tx)
        }
        try Settlement.run(request)
        return response
    }

    /// Nil for what is of no interest.
    private static func readClerk(_ root: JSONValue) throws -> ProviderChange? {
        guard let type = root["type"]?.string, let data = root["data"], let id = accountID(data["id"]) else {
            throw unreadable("`type` and `data.id`")
        }
        guard ["user.created", "user.updated", "user.deleted"].contains(type) else { return nil }
        var change = ProviderChange(id: id, provider: .clerk)
        if type == "user.deleted" {
            change.isRemoval = true
            return change
        }
        if let addresses = data["email_addresses"] {
            let primary = data["primary_email_address_id"]?.string
            let address = addresses.elements.first { $0["id"]?.string == primary && primary != nil }
            change.email = .some((address?["email_address"]).stated(Plausible.email) ?? nil)
        }
        if data["first_name"] != nil || data["last_name"] != nil {
            let name = [data["first_name"], data["last_name"]].compactMap(\.trimmedText).filter { !$0.isEmpty }
                .joined(separator: " ")
            change.fullName = .some(name.isEmpty || !Plausible.name(name) ? nil : name)
        }
        change.avatarURL = data["image_url"].stated(Plausible.picture)
        change.role = data["public_metadata"]?["role"]?.string.flatMap(AccountRole.init)
        change.changedAt = data["updated_at"]?.int64
        change.createdAt = data["created_at"]?.int64
        return change
    }

    private static func readSupabase(_ root: JSONValue) throws -> ProviderChange? {
        guard let type = root["type"]?.string, let table = root["table"]?.string else {
            throw unreadable("`type` and `table`")
        }
        guard table == "users", root["schema"]?.string == "auth", ["INSERT", "UPDATE", "DELETE"].contains(type) else {
            return nil
        }
        let isRemoval = type == "DELETE"
        guard let row = isRemoval ? root["old_record"] : root["record"], let id = accountID(row["id"]) else {
            throw unreadable("the row that it is about")
        }
        var change = ProviderChange(id: id, provider: .supabase)
        change.isRemoval = isRemoval
        if isRemoval { return change }
        change.email = row["email"].stated(Plausible.email)
        change.fullName = (row["raw_user_meta_data"]?["full_name"]).stated(Plausible.name)
        change.avatarURL = (row["raw_user_meta_data"]?["avatar_url"]).stated(Plausible.picture)
        change.role = row["raw_app_meta_data"]?["role"]?.string.flatMap(AccountRole.init)
        change.changedAt = row["updated_at"]?.string.flatMap { RFC3339.milliseconds($0) }
        change.createdAt = row["created_at"]?.string.flatMap { RFC3339.milliseconds($0) }
        change.isOrdered = type == "UPDATE"
        return change
    }

    private static func accountID(_ value: JSONValue?) -> String? {
        guard let id = value?.string, (1...128).contains(id.unicodeScalars.count) else { return nil }
        return id
    }

    private static func unreadable(_ what: String) -> Failure {
        Failure(400, reason: "malformed_delivery", "The delivery lacks \(what).")
    }
}
