import GantryLoader
import GantryThreads

/// One webhook in memory, which is there once it was made.
final class FakeWebhooks: WebhookPort {
    private static let id = "one"

    private let kept = Lock<WebhookRecord?>(nil)

    func setGranted(_: Bool) {}

    func check(url: String) throws(PortOutcome) {
        if url.hasPrefix("http:") { throw PortOutcome(.denied, code: 1, message: "Only https.") }
    }

    func list() throws(PortOutcome) -> [WebhookRecord] { kept.withLock { $0.map { [$0] } ?? [] } }

    func read(_ id: String, limit: Int) throws(PortOutcome) -> (WebhookRecord, [WebhookDeliveryRecord])? {
        guard id == Self.id, let webhook = kept.withLock({ $0 }) else { return nil }
        let delivery = WebhookDeliveryRecord(
            id: "delivery", eventType: "made", state: 1, status: 204, attemptCount: 2, createdMilliseconds: 1,
            completedMilliseconds: 2)
        return (webhook, Array(repeating: delivery, count: min(limit, 3)))
    }

    func create(_ order: WebhookOrder) throws(PortOutcome) -> WebhookRecord {
        var webhook = WebhookRecord(
            id: Self.id, url: order.url ?? "", events: order.events ?? [], description: order.description, isOn: true,
            failureCount: 3, disabledMilliseconds: nil, createdMilliseconds: 1, updatedMilliseconds: 2)
        kept.withLock { $0 = webhook }
        webhook.secret = "whsec_x"
        return webhook
    }

    func update(_ id: String, _ order: WebhookOrder) throws(PortOutcome) -> WebhookRecord? {
        guard id == Self.id else { return nil }
        return kept.withLock { webhook in
            if let isOn = order.isOn { webhook?.isOn = isOn }
            if order.dropsDescription { webhook?.description = nil }
            return webhook
        }
    }

    func remove(_ id: String) throws(PortOutcome) -> Bool {
        id == Self.id && kept.withLock { $0.take() != nil }
    }

    func rotateSecret(_ id: String) throws(PortOutcome) -> WebhookRecord? { id == Self.id ? kept.withLock { $0 } : nil }

    func test(_ id: String) throws(PortOutcome) -> Bool { id == Self.id }
}
