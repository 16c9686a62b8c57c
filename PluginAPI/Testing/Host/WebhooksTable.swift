import CGantry
public import GantryKit

/// A webhook in a host for tests. Nothing is sent: what would be is listed among its deliveries.
public struct StoredWebhook: Sendable {
    /// Names it.
    public let id: String
    /// Where it is reached.
    public var url = ""
    /// What it hears of.
    public var events: [String] = []
    /// What is said of it; nil for nothing.
    public var description: String?
    /// Whether it gets events.
    public var isOn = true
    /// Deliveries in a row that failed for good.
    public var failureCount = 0
    /// When it was switched off, in milliseconds since 1970; 0 while it is on.
    public var disabledMilliseconds: Int64 = 0
    /// When it was made.
    public let createdMilliseconds: Int64
    /// When it was changed last.
    public var updatedMilliseconds: Int64
    /// Its deliveries, oldest first.
    public var deliveries: [StoredDelivery] = []

    func lend(_ memory: LentMemory, secret: String = "") -> gantry_webhook_v1 {
        var raw = gantry_webhook_v1()
        (raw.id, raw.url) = (memory.text(id), memory.text(url))
        (raw.description, raw.secret) = (memory.text(description ?? ""), memory.text(secret))
        raw.has_description = description == nil ? 0 : 1
        raw.events = UnsafePointer(memory.array(events.map { memory.text($0) }))
        raw.event_count = UInt64(events.count)
        raw.is_on = isOn ? 1 : 0
        raw.failure_count = UInt64(failureCount)
        raw.disabled_milliseconds = disabledMilliseconds
        (raw.created_milliseconds, raw.updated_milliseconds) = (createdMilliseconds, updatedMilliseconds)
        return raw
    }

    /// Takes what a change names; whether anything is different.
    mutating func apply(_ change: gantry_webhook_change_v1, nowMilliseconds now: Int64) -> Bool {
        let former = (url, events, description, isOn)
        let names = { (member: gantry_webhook_member_v1) in change.members & member.rawValue != 0 }
        if names(GANTRY_WEBHOOK_URL) { url = change.url.copy }
        if names(GANTRY_WEBHOOK_EVENTS) {
            let given = UnsafeBufferPointer(start: change.events, count: Int(change.event_count)).map(\.copy)
            if Set(given) != Set(events) { events = given }
        }
        if names(GANTRY_WEBHOOK_DESCRIPTION) { description = change.description.copy }
        if names(GANTRY_WEBHOOK_NO_DESCRIPTION) { description = nil }
        if names(GANTRY_WEBHOOK_ON), !isOn { (isOn, failureCount, disabledMilliseconds) = (true, 0, 0) }
        if names(GANTRY_WEBHOOK_OFF), isOn { (isOn, disabledMilliseconds) = (false, now) }
        guard former != (url, events, description, isOn) else { return false }
        updatedMilliseconds = now
        return true
    }
}

/// An event on its way to a webhook in a host for tests. A test says what becomes of it.
public struct StoredDelivery: Sendable {
    /// Names it.
    public let id: String
    /// Type of the event.
    public let eventType: String
    /// Where it stands.
    public var state = Webhooks.Delivery.State.pending
    /// Status of the last attempt; 0 for none.
    public var httpStatus = 0
    /// Attempts that are over.
    public var attemptCount = 0
    /// When the event happened, in milliseconds since 1970.
    public let createdMilliseconds: Int64
    /// When it was over; 0 while it is pending.
    public var completedMilliseconds: Int64 = 0

    func lend(_ memory: LentMemory) -> gantry_webhook_delivery_v1 {
        var raw = gantry_webhook_delivery_v1()
        (raw.id, raw.event_type) = (memory.text(id), memory.text(eventType))
        raw.state = state.rawValue
        raw.http_status = UInt32(clamping: httpStatus)
        raw.attempt_count = UInt32(clamping: attemptCount)
        raw.created_milliseconds = createdMilliseconds
        raw.completed_milliseconds = completedMilliseconds
        return raw
    }
}

/// `gantry.webhooks`: a list in memory.
enum WebhooksTable {
    static let table = gantry_webhooks_v1(
        check: { call, url, error in
            TestHost.with(call, "gantry.webhooks check") { _, _ in refusal(ofURL: url.copy, error) ?? .ok }
        },
        list: { call, onWebhook, context, _ in
            with(call, "list") { host in
                guard let onWebhook else { return .invalid }
                for webhook in host.webhooks {
                    let status = tell(webhook, onWebhook, context)
                    if status == .end { return .ok }
                    guard status == .ok else { return status }
                }
                return .ok
            }
        },
        read: { call, id, limit, onWebhook, context, onDelivery, deliveryContext, _ in
            with(call, "read") { host in
                guard let onWebhook else { return .invalid }
                guard let webhook = host.webhook(id.copy) else { return .end }
                let status = tell(webhook, onWebhook, context)
                guard status == .ok, let onDelivery else { return status == .end ? .ok : status }
                for delivery in webhook.deliveries.reversed().prefix(Int(clamping: limit)) {
                    let memory = LentMemory()
                    var raw = delivery.lend(memory)
                    let status = Status(rawValue: onDelivery(deliveryContext, &raw))
                    if status == .end { return .ok }
                    guard status == .ok else { return status }
                }
                return .ok
            }
        },
        create: { call, change, onWebhook, context, error in
            with(call, "create") { host in
                let needed = (GANTRY_WEBHOOK_URL.rawValue | GANTRY_WEBHOOK_EVENTS.rawValue)
                guard let change = change?.pointee, let onWebhook, change.members & needed == needed else {
                    return .invalid
                }
                if let status = refusal(of: change, host, error) { return status }
                guard host.webhooks.count < host.webhookLimit else { return .limit }
                let now = host.threads.wallMilliseconds
                var webhook = StoredWebhook(
                    id: host.identifier(), createdMilliseconds: now, updatedMilliseconds: now)
                _ = webhook.apply(change, nowMilliseconds: now)
                host.webhooks.append(webhook)
                return tell(webhook, onWebhook, context, secret: secret(host))
            }
        },
        update: { call, id, change, onWebhook, context, error in
            with(call, "update") { host in
                guard let change = change?.pointee, let onWebhook else { return .invalid }
                guard var webhook = host.webhook(id.copy) else { return .end }
                if let status = refusal(of: change, host, error) { return status }
                if webhook.apply(change, nowMilliseconds: host.threads.wallMilliseconds) { host.keep(webhook) }
                return tell(webhook, onWebhook, context)
            }
        },
        remove: { call, id, _ in
            with(call, "remove") { host in
                guard let webhook = host.webhook(id.copy) else { return .end }
                host.webhooks.removeAll { $0.id == webhook.id }
                return .ok
            }
        },
        rotate_secret: { call, id, onWebhook, context, _ in
            with(call, "rotate_secret") { host in
                guard let onWebhook else { return .invalid }
                guard var webhook = host.webhook(id.copy) else { return .end }
                webhook.updatedMilliseconds = host.threads.wallMilliseconds
                host.keep(webhook)
                return tell(webhook, onWebhook, context, secret: secret(host))
            }
        },
        test: { call, id, _ in
            with(call, "test") { host in
                guard var webhook = host.webhook(id.copy) else { return .end }
                webhook.deliveries.append(host.delivery(of: host.bundle?.webhookTrial ?? "webhook.test"))
                host.keep(webhook)
                return .ok
            }
        })

    private static func with(
        _ call: UnsafePointer<gantry_call_v1>?, _ function: String, _ body: (TestHost) -> Status
    ) -> Int32 {
        TestHost.with(call, "gantry.webhooks \(function)", waits: true) { host, _ in body(host) }
    }

    /// The real host looks names up; here only what stands in the URL counts.
    private static func refusal(
        of change: gantry_webhook_change_v1, _ host: TestHost, _ error: UnsafeMutablePointer<gantry_error_v1>?
    ) -> Status? {
        if change.members & GANTRY_WEBHOOK_EVENTS.rawValue != 0 {
            let known = host.bundle?.webhookEvents
            let events = UnsafeBufferPointer(start: change.events, count: Int(change.event_count)).map(\.copy)
            guard !events.isEmpty, events.allSatisfy({ known?.contains($0) ?? true }) else {
                error?.fill(code: Int(GANTRY_WEBHOOK_EVENT_UNKNOWN.rawValue), "This cannot be subscribed to.")
                return .invalid
            }
        }
        return change.members & GANTRY_WEBHOOK_URL.rawValue == 0 ? nil : refusal(ofURL: change.url.copy, error)
    }

    private static func refusal(ofURL url: String, _ error: UnsafeMutablePointer<gantry_error_v1>?) -> Status? {
        let name = url.dropFirst("https://".count).prefix { !"/:?".contains($0) }
        guard url.hasPrefix("https://"), !url.contains("@"), !url.contains("#"), name != "localhost",
            !name.hasPrefix("127."), !name.hasPrefix("[")
        else {
            error?.fill(code: Int(GANTRY_WEBHOOK_URL_NOT_ALLOWED.rawValue), "This URL cannot be called.")
            return .denied
        }
        return nil
    }

    /// 256 bits that are the same in each run.
    private static func secret(_ host: TestHost) -> String {
        "whsec_" + host.identifier().filter { $0 != "-" } + String(repeating: "A", count: 11) + "="
    }

    private static func tell(
        _ webhook: StoredWebhook, _ onWebhook: gantry_webhook_fn_v1, _ context: UnsafeMutableRawPointer?,
        secret: String = ""
    ) -> Status {
        let memory = LentMemory()
        var raw = webhook.lend(memory, secret: secret)
        return Status(rawValue: onWebhook(context, &raw))
    }
}

extension TestHost {
    /// The module's webhooks, oldest first.
    public var webhooks: [StoredWebhook] {
        get { state.withLock { $0.webhooks } }
        set { state.withLock { $0.webhooks = newValue } }
    }

    var webhookLimit: Int { bundle?.webhookLimit ?? 20 }

    func webhook(_ id: String) -> StoredWebhook? { webhooks.first { $0.id == id } }

    func keep(_ webhook: StoredWebhook) {
        state.withLock { state in
            for index in state.webhooks.indices where state.webhooks[index].id == webhook.id {
                state.webhooks[index] = webhook
            }
        }
    }

    func delivery(of type: String) -> StoredDelivery {
        StoredDelivery(id: identifier(), eventType: type, createdMilliseconds: threads.wallMilliseconds)
    }
}
