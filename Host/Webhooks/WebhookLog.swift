public import GantryEvents
public import GantryStore

/// What an operator sees of webhooks in a module's database, and changes there. Where there are none nothing is made.
public enum WebhookLog {
    /// All of them, oldest first.
    public static func webhooks(in database: Database) throws(StoreError) -> [Webhook] {
        guard try HostTables.hasWebhooks(in: database) else { return [] }
        return try database.read(as: .host) { transaction throws(StoreError) in
            try WebhookTable.all(in: transaction)
        }
    }

    /// The newest deliveries to a webhook, newest first; nil when there is no such webhook.
    /// - Parameter state: only those in this state; nil for all.
    public static func deliveries(
        in database: Database, of webhook: UniqueIdentifier, state: WebhookDelivery.State?, limit: Int
    ) throws(StoreError) -> [WebhookDelivery]? {
        guard try HostTables.hasWebhooks(in: database) else { return nil }
        return try database.read(as: .host) { transaction throws(StoreError) in
            guard try WebhookTable.find(webhook, in: transaction) != nil else { return nil }
            return try WebhookDeliveryTable.newest(of: webhook, state: state, limit: limit, in: transaction)
        }
    }

    /// Has what waits for a webhook that is on tried at once, and what failed tried anew, as far as the events are
    /// still there.
    /// - Parameter delivery: the only one that is meant; nil for all.
    /// - Returns: how many.
    public static func retry(
        _ webhook: UniqueIdentifier, delivery: UniqueIdentifier?, in database: Database
    ) throws(StoreError) -> Int {
        try database.write(as: .host) { transaction throws(StoreError) in
            let count = try WebhookDeliveryTable.retry(of: webhook, delivery: delivery, in: transaction)
            if count > 0 { transaction.signal(.deliveries) }
            return count
        }
    }
}
