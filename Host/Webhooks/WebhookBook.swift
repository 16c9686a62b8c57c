public import GantryCore
public import GantryEvents
import GantryJSON
public import GantryStore
public import GantryThreads

/// The webhooks of one module of one tenant, kept in its database. What changes something is durable when it returns.
/// Any thread; it may wait for the disk.
public final class WebhookBook: Sendable {
    /// A former secret stays good for so long after a rotation.
    static let rotationMilliseconds: Int64 = 86_400_000

    let database: Database
    let manifest: Manifest.Webhooks
    let sealer: WebhookSealer
    let clock: WallClock
    private let urls: any WebhookURLCheck

    /// The webhooks in a database, in which their tables are made.
    /// - Parameters:
    ///   - manifest: what can be subscribed to, and how often.
    ///   - sealer: keeps the secrets.
    ///   - urls: says which URLs may be called.
    ///   - clock: the time.
    public init(
        database: Database, manifest: Manifest.Webhooks, sealer: WebhookSealer, urls: any WebhookURLCheck,
        clock: @escaping WallClock = systemWallClock
    ) throws(StoreError) {
        try HostTables.installWebhooks(in: database)
        self.database = database
        self.manifest = manifest
        self.sealer = sealer
        self.urls = urls
        self.clock = clock
    }

    /// Throws `WebhookError` when the URL cannot be one of a webhook, as far as that is known without looking its host
    /// up.
    public func check(url: String) throws(WebhookError) {
        if let refusal = urls.plainRefusal(of: url) { throw WebhookError(.urlNotAllowed, refusal) }
    }

    /// All of them, oldest first.
    public func list() throws(StoreError) -> [Webhook] {
        try database.read(as: .host) { transaction throws(StoreError) in try WebhookTable.all(in: transaction) }
    }

    /// One with its newest deliveries, newest first; nil when there is none of the id.
    public func read(
        _ id: UniqueIdentifier, limit: Int
    ) throws(StoreError) -> (webhook: Webhook, deliveries: [WebhookDelivery])? {
        try database.read(as: .host) { transaction throws(StoreError) in
            guard let webhook = try WebhookTable.find(id, in: transaction) else { return nil }
            return (webhook, try WebhookDeliveryTable.newest(of: id, limit: limit, in: transaction))
        }
    }

    /// Makes one from a change that gives URL and events at least; its secret is never told again. Throws
    /// `WebhookError` and `StoreError`.
    public func create(_ change: WebhookChange) throws -> (webhook: Webhook, secret: String) {
        guard change.url != nil, change.events != nil else {
            throw WebhookError(.invalid, "A webhook has a URL and events.")
        }
        try check(change)
        let now = clock()
        var webhook = Webhook(
            id: UniqueIdentifier(atMilliseconds: now), url: "", events: [], description: nil, isOn: true,
            failureCount: 0, disabledMilliseconds: nil, createdMilliseconds: now, updatedMilliseconds: now)
        _ = Self.apply(change, to: &webhook, atMilliseconds: now)
        let secret = WebhookSecret.make()
        let (made, sealed, limit) = (webhook, sealer.seal(secret, of: webhook.id), manifest.limit)
        let isMade = try database.write(as: .host) { transaction throws(StoreError) in
            guard try WebhookTable.count(in: transaction) < limit else { return false }
            try WebhookTable.insert(made, sealed: sealed, in: transaction)
            return true
        }
        guard isMade else {
            throw WebhookError(.limitReached, "There are \(limit) webhooks, and no more are possible.")
        }
        return (made, WebhookSecret.text(secret))
    }

    /// Changes one; nil when there is none of the id. What it is already is no change. Throws `WebhookError` and
    /// `StoreError`.
    public func update(_ id: UniqueIdentifier, _ change: WebhookChange) throws -> Webhook? {
        try check(change)
        guard try exists(id) else { return nil }
        let now = clock()
        return try database.write(as: .host) { transaction throws(StoreError) in
            guard let former = try WebhookTable.find(id, in: transaction) else { return nil }
            var webhook = former
            guard Self.apply(change, to: &webhook, atMilliseconds: now) else { return former }
            try WebhookTable.update(webhook, in: transaction)
            if former.isOn && !webhook.isOn {
                try self.announceEnd(of: webhook, reason: "manual", atMilliseconds: now, in: transaction)
            }
            return webhook
        }
    }

    /// Removes one with its deliveries; false when there is none of the id.
    public func remove(_ id: UniqueIdentifier) throws(StoreError) -> Bool {
        guard try exists(id) else { return false }
        return try database.write(as: .host) { transaction throws(StoreError) in
            try WebhookTable.remove(id, in: transaction)
        }
    }

    /// Gives one a new secret; nil when there is none of the id. There are never more than two that are good.
    public func rotate(_ id: UniqueIdentifier) throws(StoreError) -> (webhook: Webhook, secret: String)? {
        guard try exists(id) else { return nil }
        let (now, secret) = (clock(), WebhookSecret.make())
        let sealed = sealer.seal(secret, of: id)
        let webhook = try database.write(as: .host) { transaction throws(StoreError) -> Webhook? in
            guard let former = try WebhookTable.secrets(of: id, in: transaction) else { return nil }
            let secrets = WebhookTable.Secrets(
                sealed: sealed, former: former.sealed, formerUntilMilliseconds: now + Self.rotationMilliseconds)
            try WebhookTable.setSecrets(secrets, of: id, atMilliseconds: now, in: transaction)
            return try WebhookTable.find(id, in: transaction)
        }
        return webhook.map { ($0, WebhookSecret.text(secret)) }
    }

    /// Queues a trial event for one; false when there is none of the id.
    public func test(_ id: UniqueIdentifier) throws(StoreError) -> Bool {
        guard try exists(id) else { return false }
        let now = clock()
        return try database.write(as: .host) { transaction throws(StoreError) in
            guard try WebhookTable.find(id, in: transaction) != nil else { return false }
            var data = JSONWriter()
            data.beginObject()
            data.key("webhookId")
            data.string(id.description)
            data.endObject()
            try Self.publish(
                self.manifest.trialEvent, data.bytes, atMilliseconds: now, to: .trial(id), in: transaction)
            return true
        }
    }

    /// Switches one off within a transaction, ends what waits for it, and tells the tenant's other webhooks.
    func announceEnd(
        of webhook: Webhook, reason: String, atMilliseconds now: Int64, in transaction: Transaction
    ) throws(StoreError) {
        try WebhookDeliveryTable.drop(of: webhook.id, atMilliseconds: now, in: transaction)
        var data = JSONWriter()
        data.beginObject()
        data.key("webhookId")
        data.string(webhook.id.description)
        data.key("reason")
        data.string(reason)
        data.key("failureCount")
        data.int(Int(webhook.failureCount))
        data.key("disabledAt")
        data.timestamp(milliseconds: webhook.disabledMilliseconds ?? now)
        data.endObject()
        try Self.publish(
            manifest.disabledEvent, data.bytes, atMilliseconds: now, to: .subscribed, in: transaction)
    }

    private static func publish(
        _ type: String, _ data: [UInt8], atMilliseconds now: Int64, to audience: WebhookAudience,
        in transaction: Transaction
    ) throws(StoreError) {
        let text = Array(type.utf8)
        try text.withUnsafeBufferPointer { text throws(StoreError) in
            try data.withUnsafeBufferPointer { data throws(StoreError) in
                let draft = EventDraft(
                    id: UniqueIdentifier(atMilliseconds: now), type: UnsafeRawBufferPointer(text),
                    key: UnsafeRawBufferPointer(start: nil, count: 0), data: UnsafeRawBufferPointer(data),
                    timeMilliseconds: now)
                try Outbox.publish(draft, in: transaction, webhooks: audience)
            }
        }
    }

    private func exists(_ id: UniqueIdentifier) throws(StoreError) -> Bool {
        try database.read(as: .host) { transaction throws(StoreError) in
            try WebhookTable.find(id, in: transaction) != nil
        }
    }

    private func check(_ change: WebhookChange) throws(WebhookError) {
        if let events = change.events {
            guard !events.isEmpty else { throw WebhookError(.unknownEvent, "A webhook hears of one event at least.") }
            for event in events where !manifest.events.contains(event) {
                throw WebhookError(.unknownEvent, "The event `\(event)` cannot be subscribed to.")
            }
        }
        if case .text(let text) = change.description, text.utf8.count > 2000 {
            throw WebhookError(.invalid, "A description has at most 2000 bytes.")
        }
        if let url = change.url, let refusal = urls.refusal(of: url) { throw WebhookError(.urlNotAllowed, refusal) }
    }

    /// - Returns: whether anything is different.
    private static func apply(
        _ change: WebhookChange, to webhook: inout Webhook, atMilliseconds now: Int64
    ) -> Bool {
        let former = webhook
        if let url = change.url { webhook.url = url }
        // A set: in another order it is the same.
        if let events = change.events, Set(events) != Set(webhook.events) {
            webhook.events = events.enumerated().filter { !events[..<$0.offset].contains($0.element) }.map(\.element)
        }
        switch change.description {
        case .unchanged: break
        case .none: webhook.description = nil
        case .text(let text): webhook.description = text
        }
        if let isOn = change.isOn, isOn != webhook.isOn {
            webhook.isOn = isOn
            webhook.disabledMilliseconds = isOn ? nil : now
            if isOn { webhook.failureCount = 0 }
        }
        guard webhook != former else { return false }
        webhook.updatedMilliseconds = now
        return true
    }
}
