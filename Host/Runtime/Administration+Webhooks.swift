import GantryEvents
import GantryJSON
import GantryStore
import GantryWebhooks

extension Administration {
    private static let shownDeliveries = 100

    /// The webhooks of a tenant, without their secrets.
    func listWebhooks(_ arguments: CommandArguments) throws -> String {
        _ = try arguments.required("tenant")
        var found: [(place: WorkPlace, webhook: Webhook)] = []
        for place in try workPlaces(arguments) {
            found += try withDatabase(of: place) { try WebhookLog.webhooks(in: $0) }.map { (place, $0) }
        }
        return Self.list(found) { entry, writer in
            let webhook = entry.webhook
            let texts = [
                ("id", webhook.id.description), ("module", entry.place.module), ("url", webhook.url),
                ("events", webhook.events.joined(separator: " ")), ("state", webhook.isOn ? "on" : "off"),
            ]
            for (key, text) in texts {
                writer.key(key)
                writer.string(text)
            }
            writer.key("failures")
            writer.int(webhook.failureCount)
            Self.write("disabled", webhook.disabledMilliseconds, into: &writer)
            Self.write("updated", webhook.updatedMilliseconds, into: &writer)
        }
    }

    /// The newest deliveries to a webhook.
    func listWebhookDeliveries(_ arguments: CommandArguments) throws -> String {
        let id = try Self.identifier(arguments)
        let state = try Self.choice("state", arguments, Self.deliveryStates)
        let deliveries = try first(of: arguments, "webhook `\(id)`") { database, _ in
            try WebhookLog.deliveries(in: database, of: id, state: state, limit: Self.shownDeliveries)
        }
        return Self.list(deliveries) { delivery, writer in
            let word = Self.deliveryStates.first { $0.value == delivery.state }?.word ?? ""
            for (key, text) in [("id", delivery.id.description), ("type", delivery.type), ("state", word)] {
                writer.key(key)
                writer.string(text)
            }
            writer.key("attempts")
            writer.int(delivery.attemptCount)
            writer.key("status")
            if let status = delivery.status { writer.int(status) } else { writer.null() }
            Self.write("created", delivery.createdMilliseconds, into: &writer)
            Self.write("completed", delivery.completedMilliseconds, into: &writer)
            Self.write("next", delivery.nextMilliseconds, into: &writer)
            writer.key("reason")
            writer.string(delivery.lastError)
        }
    }

    /// Has deliveries to a webhook tried again.
    func retryWebhook(_ arguments: CommandArguments) throws -> String {
        let id = try Self.identifier(arguments)
        let delivery = try arguments.values["delivery"].map { text in
            guard let id = UniqueIdentifier(text) else {
                throw AdministrationError(code: "invalid", message: "`\(text)` is no id of a delivery.")
            }
            return id
        }
        let place = try first(of: arguments, "webhook `\(id)`") { database, place in
            try WebhookLog.webhooks(in: database).contains { $0.id == id } ? place : nil
        }
        return try withWritableDatabase(of: place) { database in
            let count = try WebhookLog.retry(id, delivery: delivery, in: database)
            return Self.object { writer in
                for (key, text) in [("tenant", place.tenant), ("module", place.module)] {
                    writer.key(key)
                    writer.string(text)
                }
                writer.key("retried")
                writer.int(count)
            }
        }
    }

    private static let deliveryStates: [(word: String, value: WebhookDelivery.State)] = [
        ("pending", .pending), ("succeeded", .succeeded), ("failed", .failed),
    ]

    private static func write(_ key: StaticString, _ milliseconds: Int64?, into writer: inout JSONWriter) {
        writer.key(key)
        if let milliseconds { writer.timestamp(milliseconds: milliseconds) } else { writer.null() }
    }
}
