import CGantry
import GantryCore

/// `gantry.webhooks`: addresses outside that hear of the instance's events. All functions may wait for the disk.
enum WebhooksTable {
    typealias Call = UnsafePointer<gantry_call_v1>?
    typealias Failure = UnsafeMutablePointer<gantry_error_v1>?
    typealias Context = UnsafeMutableRawPointer?

    private static let maximumURLBytes: UInt64 = 2048
    private static let maximumDescriptionBytes: UInt64 = 2000
    private static let maximumEvents: UInt64 = 1000
    private static let maximumTypeBytes: UInt64 = 256
    private static let maximumListed: UInt64 = 1000

    static let check: @convention(c) (Call, gantry_str_v1, Failure) -> Int32 = { call, url, error in
        ServiceCalls.run(call, \.webhooks, error, needs: (.webhooks, "gantry.webhooks.check")) {
            _, webhooks throws(PortOutcome) in
            try webhooks.check(url: ServiceCalls.text(url, atMost: maximumURLBytes, "url"))
            return .ok
        }
    }

    static let list: @convention(c) (Call, gantry_webhook_fn_v1?, Context, Failure) -> Int32 = {
        call, onWebhook, context, error in
        guard let onWebhook else { return ModuleStatus.invalid.rawValue }
        return run(call, "gantry.webhooks.list", error) { webhooks throws(PortOutcome) in
            for webhook in try webhooks.list() {
                let status = lend(webhook, to: onWebhook, context)
                if status == .end { return .ok }
                if status != .ok { return status }
            }
            return .ok
        }
    }

    static let read:
        @convention(c) (
            Call, gantry_str_v1, UInt64, gantry_webhook_fn_v1?, Context, gantry_webhook_delivery_fn_v1?, Context,
            Failure
        ) -> Int32 = { call, id, limit, onWebhook, context, onDelivery, deliveryContext, error in
            guard let onWebhook else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.webhooks.read", error) { webhooks throws(PortOutcome) in
                let limit = onDelivery == nil ? 0 : Int(min(limit, maximumListed))
                guard let id = id.text, let (webhook, deliveries) = try webhooks.read(id, limit: limit) else {
                    return .end
                }
                let status = lend(webhook, to: onWebhook, context)
                guard status == .ok, let onDelivery else { return status == .end ? .ok : status }
                for delivery in deliveries {
                    let status = lend(delivery, to: onDelivery, deliveryContext)
                    if status == .end { return .ok }
                    if status != .ok { return status }
                }
                return .ok
            }
        }

    static let create:
        @convention(c) (
            Call, UnsafePointer<gantry_webhook_change_v1>?, gantry_webhook_fn_v1?, Context, Failure
        ) -> Int32 = { call, change, onWebhook, context, error in
            guard let change, let onWebhook else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.webhooks.create", error) { webhooks throws(PortOutcome) in
                lend(try webhooks.create(order(change.pointee)), to: onWebhook, context)
            }
        }

    static let update:
        @convention(c) (
            Call, gantry_str_v1, UnsafePointer<gantry_webhook_change_v1>?, gantry_webhook_fn_v1?, Context, Failure
        ) -> Int32 = { call, id, change, onWebhook, context, error in
            guard let change, let onWebhook else { return ModuleStatus.invalid.rawValue }
            return run(call, "gantry.webhooks.update", error) { webhooks throws(PortOutcome) in
                guard let id = id.text, let webhook = try webhooks.update(id, order(change.pointee)) else {
                    return .end
                }
                return lend(webhook, to: onWebhook, context)
            }
        }

    static let remove: @convention(c) (Call, gantry_str_v1, Failure) -> Int32 = { call, id, error in
        run(call, "gantry.webhooks.remove", error) { webhooks throws(PortOutcome) in
            guard let id = id.text else { return .end }
            return try webhooks.remove(id) ? .ok : .end
        }
    }

    static let rotateSecret: @convention(c) (Call, gantry_str_v1, gantry_webhook_fn_v1?, Context, Failure) -> Int32 = {
        call, id, onWebhook, context, error in
        guard let onWebhook else { return ModuleStatus.invalid.rawValue }
        return run(call, "gantry.webhooks.rotate_secret", error) { webhooks throws(PortOutcome) in
            guard let id = id.text, let webhook = try webhooks.rotateSecret(id) else { return .end }
            return lend(webhook, to: onWebhook, context)
        }
    }

    static let test: @convention(c) (Call, gantry_str_v1, Failure) -> Int32 = { call, id, error in
        run(call, "gantry.webhooks.test", error) { webhooks throws(PortOutcome) in
            guard let id = id.text else { return .end }
            return try webhooks.test(id) ? .ok : .end
        }
    }

    private static func run(
        _ call: Call, _ function: StaticString, _ error: Failure,
        _ body: (any WebhookPort) throws(PortOutcome) -> ModuleStatus
    ) -> Int32 {
        ServiceCalls.run(call, \.webhooks, error, waits: true, needs: (.webhooks, function)) {
            _, webhooks throws(PortOutcome) in
            try body(webhooks)
        }
    }

    /// What the module gave; members that it does not name are not looked at.
    private static func order(_ change: gantry_webhook_change_v1) throws(PortOutcome) -> WebhookOrder {
        let names = { (member: gantry_webhook_member_v1) in change.members & member.rawValue != 0 }
        let (on, off) = (names(GANTRY_WEBHOOK_ON), names(GANTRY_WEBHOOK_OFF))
        let dropsDescription = names(GANTRY_WEBHOOK_NO_DESCRIPTION)
        guard change.members < 64, !(on && off), !(dropsDescription && names(GANTRY_WEBHOOK_DESCRIPTION)) else {
            throw PortOutcome(.invalid, message: "The members of the change contradict each other.")
        }
        return WebhookOrder(
            url: names(GANTRY_WEBHOOK_URL)
                ? try ServiceCalls.text(change.url, atMost: maximumURLBytes, "url") : nil,
            events: names(GANTRY_WEBHOOK_EVENTS) ? try events(change) : nil,
            description: names(GANTRY_WEBHOOK_DESCRIPTION)
                ? try ServiceCalls.text(change.description, atMost: maximumDescriptionBytes, "description") : nil,
            dropsDescription: dropsDescription, isOn: on ? true : off ? false : nil)
    }

    private static func events(_ change: gantry_webhook_change_v1) throws(PortOutcome) -> [String] {
        guard change.event_count <= maximumEvents else { throw PortOutcome(.limit, message: "These are many events.") }
        guard change.event_count > 0 else { return [] }
        guard let events = change.events else { throw PortOutcome(.invalid, message: "`events` is missing.") }
        var list: [String] = []
        for index in 0..<Int(change.event_count) {
            list.append(try ServiceCalls.text(events[index], atMost: maximumTypeBytes, "events"))
        }
        return list
    }

    private static func lend(
        _ webhook: WebhookRecord, to onWebhook: gantry_webhook_fn_v1, _ context: Context
    ) -> ModuleStatus {
        var texts = LentTexts()
        let places = [webhook.id, webhook.url, webhook.description ?? "", webhook.secret].map { texts.add($0) }
        let events = webhook.events.map { texts.add($0) }
        return texts.lend { texts in
            events.map { texts[$0] }.withUnsafeBufferPointer { events in
                var lent = gantry_webhook_v1()
                (lent.id, lent.url) = (texts[places[0]], texts[places[1]])
                (lent.description, lent.secret) = (texts[places[2]], texts[places[3]])
                lent.has_description = webhook.description == nil ? 0 : 1
                lent.events = events.baseAddress
                lent.event_count = UInt64(events.count)
                lent.is_on = webhook.isOn ? 1 : 0
                lent.failure_count = webhook.failureCount
                lent.disabled_milliseconds = webhook.disabledMilliseconds ?? 0
                lent.created_milliseconds = webhook.createdMilliseconds
                lent.updated_milliseconds = webhook.updatedMilliseconds
                return ModuleStatus(rawValue: onWebhook(context, &lent))
            }
        }
    }

    private static func lend(
        _ delivery: WebhookDeliveryRecord, to onDelivery: gantry_webhook_delivery_fn_v1, _ context: Context
    ) -> ModuleStatus {
        var texts = LentTexts()
        let (id, type) = (texts.add(delivery.id), texts.add(delivery.eventType))
        return texts.lend { texts in
            var lent = gantry_webhook_delivery_v1()
            (lent.id, lent.event_type) = (texts[id], texts[type])
            lent.state = delivery.state
            lent.http_status = delivery.status
            lent.attempt_count = delivery.attemptCount
            lent.created_milliseconds = delivery.createdMilliseconds
            lent.completed_milliseconds = delivery.completedMilliseconds
            return ModuleStatus(rawValue: onDelivery(context, &lent))
        }
    }
}
