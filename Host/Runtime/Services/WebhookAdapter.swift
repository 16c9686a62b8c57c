import GantryEvents
import GantryLoader
import GantryStore
import GantryWebhooks

/// Webhooks as the interface's table reaches them.
final class WebhookAdapter: WebhookPort {
    /// Codes of the error record, as `gantry/webhooks.h` numbers them.
    private static let urlNotAllowed: Int32 = 1
    private static let eventUnknown: Int32 = 2

    private let book: WebhookBook
    private let sender: WebhookSender

    init(book: WebhookBook, sender: WebhookSender) {
        self.book = book
        self.sender = sender
    }

    func setGranted(_ isGranted: Bool) { sender.hold(!isGranted) }

    func check(url: String) throws(PortOutcome) { try Self.outcome { try book.check(url: url) } }

    func list() throws(PortOutcome) -> [WebhookRecord] {
        try Self.outcome { try book.list().map { WebhookRecord($0) } }
    }

    func read(_ id: String, limit: Int) throws(PortOutcome) -> (WebhookRecord, [WebhookDeliveryRecord])? {
        guard let id = UniqueIdentifier(id) else { return nil }
        return try Self.outcome {
            try book.read(id, limit: limit).map { webhook, deliveries in
                (WebhookRecord(webhook), deliveries.map { WebhookDeliveryRecord($0) })
            }
        }
    }

    func create(_ order: WebhookOrder) throws(PortOutcome) -> WebhookRecord {
        try Self.outcome {
            let (webhook, secret) = try book.create(WebhookChange(order))
            return WebhookRecord(webhook, secret: secret)
        }
    }

    func update(_ id: String, _ order: WebhookOrder) throws(PortOutcome) -> WebhookRecord? {
        guard let id = UniqueIdentifier(id) else { return nil }
        return try Self.outcome { try book.update(id, WebhookChange(order)).map { WebhookRecord($0) } }
    }

    func remove(_ id: String) throws(PortOutcome) -> Bool {
        guard let id = UniqueIdentifier(id) else { return false }
        return try Self.outcome { try book.remove(id) }
    }

    func rotateSecret(_ id: String) throws(PortOutcome) -> WebhookRecord? {
        guard let id = UniqueIdentifier(id) else { return nil }
        return try Self.outcome { try book.rotate(id).map { WebhookRecord($0.webhook, secret: $0.secret) } }
    }

    func test(_ id: String) throws(PortOutcome) -> Bool {
        guard let id = UniqueIdentifier(id) else { return false }
        return try Self.outcome { try book.test(id) }
    }

    private static func outcome<Value>(_ body: () throws -> Value) throws(PortOutcome) -> Value {
        do { return try body() } catch let error as WebhookError {
            switch error.code {
            case .urlNotAllowed: throw PortOutcome(.denied, code: urlNotAllowed, message: error.message)
            case .unknownEvent: throw PortOutcome(.invalid, code: eventUnknown, message: error.message)
            case .invalid: throw PortOutcome(.invalid, message: error.message)
            case .limitReached: throw PortOutcome(.limit, message: error.message)
            }
        } catch let error as StoreError {
            throw PortOutcome(error)
        } catch {
            throw PortOutcome(.failed, message: "\(error)")
        }
    }
}

extension WebhookRecord {
    fileprivate init(_ webhook: Webhook, secret: String = "") {
        self.init(
            id: webhook.id.description, url: webhook.url, events: webhook.events, description: webhook.description,
            isOn: webhook.isOn, failureCount: UInt64(clamping: webhook.failureCount),
            disabledMilliseconds: webhook.disabledMilliseconds, createdMilliseconds: webhook.createdMilliseconds,
            updatedMilliseconds: webhook.updatedMilliseconds)
        self.secret = secret
    }
}

extension WebhookDeliveryRecord {
    fileprivate init(_ delivery: WebhookDelivery) {
        self.init(
            id: delivery.id.description, eventType: delivery.type, state: UInt32(delivery.state.rawValue),
            status: UInt32(clamping: delivery.status ?? 0), attemptCount: UInt32(clamping: delivery.attemptCount),
            createdMilliseconds: delivery.createdMilliseconds,
            completedMilliseconds: delivery.completedMilliseconds ?? 0)
    }
}

extension WebhookChange {
    fileprivate init(_ order: WebhookOrder) {
        self.init()
        url = order.url
        events = order.events
        isOn = order.isOn
        if let text = order.description { description = .text(text) }
        if order.dropsDescription { description = .none }
    }
}
