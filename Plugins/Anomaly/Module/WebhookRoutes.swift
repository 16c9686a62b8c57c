import GantryKit

extension AnomalyModule {
    static var webhookHandlers: [Handler<Self>] {
        [
            .operation("listWebhooks") { _, request in try listWebhooks(request) },
            .operation("createWebhook") { _, request in try createWebhook(request) },
            .check("createWebhook") { _, request, report in checkURL(request, report) },
            .operation("getWebhook") { _, request in try getWebhook(request) },
            .operation("updateWebhook") { _, request in try updateWebhook(request) },
            .check("updateWebhook") { _, request, report in checkURL(request, report) },
            .operation("deleteWebhook") { _, request in
                try found(request.webhooks.remove(request.parameters[0]))
                return .empty(200)
            },
            .operation("rotateWebhookSecret") { _, request in
                answer(try found(request.webhooks.rotateSecret(request.parameters[0])))
            },
            .operation("testWebhook") { _, request in
                try found(request.webhooks.test(request.parameters[0]))
                return .json { writer in
                    writer.beginObject()
                    writer.endObject()
                }
            },
        ]
    }

    /// Page size that always holds all webhooks of a tenant.
    private static let pageSize = 20
    private static let deliveryCount = 20

    private static func listWebhooks(_ request: borrowing Request) throws -> Response {
        let webhooks = try request.webhooks.list()
        return .json(capacity: 256 + webhooks.count * 512) { writer in
            writer.beginObject()
            writer.key("content")
            writer.beginArray()
            for webhook in webhooks {
                writer.beginObject()
                write(webhook, to: &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.key("pagination")
            writer.beginObject()
            writer.key("totalCount")
            writer.int(webhooks.count)
            writer.key("page")
            writer.int(0)
            writer.key("size")
            writer.int(pageSize)
            writer.endObject()
            writer.endObject()
        }
    }

    private static func createWebhook(_ request: borrowing Request) throws -> Response {
        let change = change(request.body)
        do throws(HostError) {
            return answer(try request.webhooks.create(change))
        } catch {
            if error.isURLNotAllowed { throw refusal(error) }
            guard error.status == .limit else { throw error }
            throw Failure(409, reason: "webhook_limit_reached", "The tenant has as many webhooks as it may have.")
        }
    }

    private static func getWebhook(_ request: borrowing Request) throws -> Response {
        let (webhook, deliveries) = try found(
            request.webhooks.read(request.parameters[0], limit: deliveryCount))
        return .json(capacity: 1024 + deliveries.count * 256) { writer in
            writer.beginObject()
            write(webhook, to: &writer)
            writer.key("recentDeliveries")
            writer.beginArray()
            for delivery in deliveries { write(delivery, to: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func updateWebhook(_ request: borrowing Request) throws -> Response {
        let change = change(request.body)
        let webhook: Webhooks.Webhook?
        do throws(HostError) { webhook = try request.webhooks.update(request.parameters[0], change) } catch {
            if error.isURLNotAllowed { throw refusal(error) }
            throw error
        }
        return answer(try found(webhook))
    }

    /// Finds a URL that cannot be called, as far as that can be said without looking its host up.
    private static func checkURL(_ request: borrowing Request, _ report: borrowing FindingReport) {
        guard let url = request.body["url"]?.string else { return }
        do throws(HostError) { try request.webhooks.check(url: url) } catch {
            // Anything else is met again by the handler. A URL that is malformed besides is told of once.
            guard error.isURLNotAllowed, !report.known.contains(where: { $0.path == "url" }) else { return }
            report("url", code: "url_not_allowed", error.message)
        }
    }

    private static func refusal(_ error: HostError) -> Refusal {
        Refusal([Finding("url", code: "url_not_allowed", error.message)])
    }

    /// What the body wants; its shape has been checked.
    private static func change(_ body: JSONValue) -> Webhooks.Change {
        var change = Webhooks.Change()
        change.url = body["url"]?.string
        if let events = body["events"] { change.events = events.elements.compactMap(\.string) }
        if body["description"] != nil {
            change.description = body["description"].trimmedText.map { .text($0) } ?? .none
        }
        if let isOn = body["enabled"] { change.isOn = isOn.bool }
        return change
    }

    private static func found<Value>(_ value: Value?) throws(Failure) -> Value {
        guard let value else { throw Failure(404, reason: "not_found", "No such webhook.") }
        return value
    }

    private static func found(_ isFound: Bool) throws(Failure) { _ = try found(isFound ? true : nil) }

    /// A webhook as a whole answer.
    private static func answer(_ webhook: Webhooks.Webhook) -> Response {
        .json(capacity: 1024) { writer in
            writer.beginObject()
            write(webhook, to: &writer)
            writer.endObject()
        }
    }

    private static func write(_ webhook: Webhooks.Webhook, to writer: inout JSONWriter) {
        writer.key("id")
        writer.string(webhook.id)
        writer.key("url")
        writer.string(webhook.url)
        writer.key("events")
        writer.beginArray()
        for event in webhook.events { writer.string(event) }
        writer.endArray()
        writer.key("description")
        if let description = webhook.description { writer.string(description) } else { writer.null() }
        writer.key("enabled")
        writer.bool(webhook.isOn)
        writer.key("failureCount")
        writer.int(webhook.failureCount)
        write("disabledAt", webhook.disabledMilliseconds, to: &writer)
        write("createdAt", webhook.createdMilliseconds, to: &writer)
        write("updatedAt", webhook.updatedMilliseconds, to: &writer)
        if let secret = webhook.secret {
            writer.key("secret")
            writer.string(secret)
        }
    }

    private static func write(_ delivery: Webhooks.Delivery, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(delivery.id)
        writer.key("eventType")
        writer.string(delivery.eventType)
        writer.key("status")
        switch delivery.state {
        case .pending: writer.string("pending")
        case .succeeded: writer.string("succeeded")
        case .failed: writer.string("failed")
        }
        writer.key("httpStatus")
        if let status = delivery.httpStatus { writer.int(status) } else { writer.null() }
        writer.key("attemptCount")
        writer.int(delivery.attemptCount)
        write("createdAt", delivery.createdMilliseconds, to: &writer)
        write("completedAt", delivery.completedMilliseconds, to: &writer)
        writer.endObject()
    }

    private static func write(_ key: StaticString, _ milliseconds: Int64?, to writer: inout JSONWriter) {
        writer.key(key)
        if let milliseconds { writer.timestamp(milliseconds: milliseconds) } else { writer.null() }
    }
}
