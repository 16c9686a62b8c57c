import CGantry

/// Addresses outside that hear of the instance's events. The host delivers by itself what `Transaction.publish`
/// publishes; the module says who hears of what. Needs the capability `webhooks`.
public struct Webhooks {
    let scope: CallScope

    /// One address.
    public struct Webhook: Hashable, Sendable {
        /// Names it: a UUID.
        public let id: String
        /// Where it is reached.
        public let url: String
        /// Types of events that it hears of.
        public let events: [String]
        /// What its owner says of it; nil for nothing.
        public let description: String?
        /// Whether it gets events.
        public let isOn: Bool
        /// Deliveries in a row that failed for good.
        public let failureCount: Int
        /// When it was switched off, in milliseconds since 1970; nil while it is on.
        public let disabledMilliseconds: Int64?
        /// When it was made.
        public let createdMilliseconds: Int64
        /// When it was changed or switched off last.
        public let updatedMilliseconds: Int64
        /// Its secret where `create` or `rotateSecret` has just made it; nil otherwise. It is told once: hand it on,
        /// and neither keep nor log it.
        public let secret: String?

        init(_ raw: UnsafePointer<gantry_webhook_v1>) {
            let raw = raw.pointee
            id = raw.id.string
            url = raw.url.string
            events = UnsafeBufferPointer(lent: raw.events, raw.event_count).map(\.string)
            description = raw.has_description == 0 ? nil : raw.description.string
            isOn = raw.is_on != 0
            failureCount = Int(clamping: raw.failure_count)
            disabledMilliseconds = raw.disabled_milliseconds == 0 ? nil : raw.disabled_milliseconds
            createdMilliseconds = raw.created_milliseconds
            updatedMilliseconds = raw.updated_milliseconds
            secret = raw.secret.size == 0 ? nil : raw.secret.string
        }
    }

    /// What became of one event on its way to one webhook.
    public struct Delivery: Hashable, Sendable {
        /// Where a delivery stands.
        public enum State: UInt32, Sendable {
            /// It waits, is under way, or will be tried again.
            case pending = 0
            case succeeded = 1
            case failed = 2
        }

        /// Names it: a UUID.
        public let id: String
        /// Type of the event.
        public let eventType: String
        /// Where it stands.
        public let state: State
        /// Status of the last attempt; nil when no answer came.
        public let httpStatus: Int?
        /// Attempts that are over.
        public let attemptCount: Int
        /// When the event happened, in milliseconds since 1970.
        public let createdMilliseconds: Int64
        /// When it succeeded or failed; nil while it is pending.
        public let completedMilliseconds: Int64?

        init(_ raw: UnsafePointer<gantry_webhook_delivery_v1>) {
            let raw = raw.pointee
            id = raw.id.string
            eventType = raw.event_type.string
            state = State(rawValue: raw.state) ?? .failed
            httpStatus = raw.http_status == 0 ? nil : Int(raw.http_status)
            attemptCount = Int(raw.attempt_count)
            createdMilliseconds = raw.created_milliseconds
            completedMilliseconds = raw.completed_milliseconds == 0 ? nil : raw.completed_milliseconds
        }
    }

    /// What is to become of a webhook. What is left out stays as it is.
    public struct Change: Sendable {
        /// What is to become of the description.
        public enum Description: Sendable {
            case unchanged
            case none
            case text(String)
        }

        /// Where it is to be reached: https, without user and fragment.
        public var url: String?
        /// Types of events that it is to hear of; a set, whose order has no meaning.
        public var events: [String]?
        /// What is to be said of it.
        public var description: Description
        /// Whether it is to get events.
        public var isOn: Bool?

        /// A change of what is given.
        public init(
            url: String? = nil, events: [String]? = nil, description: Description = .unchanged, isOn: Bool? = nil
        ) {
            self.url = url
            self.events = events
            self.description = description
            self.isOn = isOn
        }
    }

    /// Throws a failure that `isURLNotAllowed` where a URL cannot be one of a webhook, as far as can be said without
    /// looking its host up. Never waits, so that a `check` may call it; `create` and `update` look closer.
    public func check(url: String) throws(HostError) {
        let table = try scope.tables.pointee.webhooks.get()
        try HostError.checkRecord("gantry.webhooks check") { record in
            url.withText { table.pointee.check.unsafelyUnwrapped(scope.call, $0, record) }
        }
    }

    /// All of them, oldest first.
    public func list() throws(HostError) -> [Webhook] {
        let table = try scope.tables.pointee.webhooks.get()
        var found: [Webhook] = []
        try HostError.checkRecord("gantry.webhooks list") { record in
            LentTaker<gantry_webhook_v1>.lend { raw in
                found.append(Webhook(raw))
                return Status.ok.rawValue
            } to: { context in
                table.pointee.list.unsafelyUnwrapped(scope.call, Lending.webhook, context, record)
            }
        }
        return found
    }

    /// The webhook of this id with its newest deliveries, newest first; nil when there is none.
    public func read(_ id: String, limit: Int = 20) throws(HostError) -> (webhook: Webhook, deliveries: [Delivery])? {
        let table = try scope.tables.pointee.webhooks.get()
        var found: Webhook?
        var deliveries: [Delivery] = []
        try HostError.checkRecord("gantry.webhooks read") { record in
            id.withText { id in
                LentTaker<gantry_webhook_v1>.lend { raw in
                    found = Webhook(raw)
                    return Status.ok.rawValue
                } to: { context in
                    LentTaker<gantry_webhook_delivery_v1>.lend { raw in
                        deliveries.append(Delivery(raw))
                        return Status.ok.rawValue
                    } to: { deliveryContext in
                        table.pointee.read.unsafelyUnwrapped(
                            scope.call, id, UInt64(max(0, limit)), Lending.webhook, context, Lending.webhookDelivery,
                            deliveryContext, record)
                    }
                }
            }
        }
        return found.map { ($0, deliveries) }
    }

    /// Makes a webhook, which is on, and gives it with its secret. `change` names URL and events at least.
    ///
    /// Throws `.limit` when there are as many as the manifest allows, and a failure that `isURLNotAllowed` for a URL
    /// that is not https or leads inside.
    public func create(_ change: Change) throws(HostError) -> Webhook {
        let table = try scope.tables.pointee.webhooks.get()
        let made = try Self.webhook("gantry.webhooks create") { context, record in
            change.withRaw { table.pointee.create.unsafelyUnwrapped(scope.call, $0, Lending.webhook, context, record) }
        }
        guard let made else { throw HostError(.failed, message: "gantry.webhooks told nothing of what was made") }
        return made
    }

    /// Changes the webhook of this id and gives it as it is then; nil when there is none.
    public func update(_ id: String, _ change: Change) throws(HostError) -> Webhook? {
        let table = try scope.tables.pointee.webhooks.get()
        return try Self.webhook("gantry.webhooks update") { context, record in
            id.withText { id in
                change.withRaw {
                    table.pointee.update.unsafelyUnwrapped(scope.call, id, $0, Lending.webhook, context, record)
                }
            }
        }
    }

    /// Removes the webhook of this id with its deliveries; false when there is none.
    @discardableResult
    public func remove(_ id: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.webhooks.get()
        return try Self.isFound("gantry.webhooks remove", id) {
            table.pointee.remove.unsafelyUnwrapped(scope.call, $0, $1)
        }
    }

    /// Makes a new secret for the webhook of this id and gives the webhook with it; nil when there is none. The secret
    /// before stays good for 24 hours.
    public func rotateSecret(_ id: String) throws(HostError) -> Webhook? {
        let table = try scope.tables.pointee.webhooks.get()
        return try Self.webhook("gantry.webhooks rotate_secret") { context, record in
            id.withText {
                table.pointee.rotate_secret.unsafelyUnwrapped(scope.call, $0, Lending.webhook, context, record)
            }
        }
    }

    /// Queues a trial event to the webhook of this id alone; false when there is none.
    @discardableResult
    public func test(_ id: String) throws(HostError) -> Bool {
        let table = try scope.tables.pointee.webhooks.get()
        return try Self.isFound("gantry.webhooks test", id) {
            table.pointee.test.unsafelyUnwrapped(scope.call, $0, $1)
        }
    }

    private static func webhook(
        _ name: StaticString,
        _ function: (UnsafeMutableRawPointer, UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws(HostError) -> Webhook? {
        var webhook: Webhook?
        try HostError.checkRecord(name) { record in
            LentTaker<gantry_webhook_v1>.lend { raw in
                webhook = Webhook(raw)
                return Status.ok.rawValue
            } to: { context in
                function(context, record)
            }
        }
        return webhook
    }

    private static func isFound(
        _ name: StaticString, _ id: String,
        _ function: (gantry_str_v1, UnsafeMutablePointer<gantry_error_v1>) -> Int32
    ) throws(HostError) -> Bool {
        var isFound = true
        try HostError.checkRecord(name) { record in
            let status = id.withText { function($0, record) }
            isFound = status != Status.end.rawValue
            return status
        }
        return isFound
    }
}

extension HostError {
    /// Whether a webhook's URL was refused: it is not https, or leads to where it must not.
    public var isURLNotAllowed: Bool {
        status == .denied && code == Int(GANTRY_WEBHOOK_URL_NOT_ALLOWED.rawValue)
    }
}

extension Webhooks.Change {
    /// Lends the change as the interface has it.
    fileprivate func withRaw(_ body: (UnsafePointer<gantry_webhook_change_v1>) -> Int32) -> Int32 {
        var raw = gantry_webhook_change_v1()
        if url != nil { raw.members |= GANTRY_WEBHOOK_URL.rawValue }
        if events != nil { raw.members |= GANTRY_WEBHOOK_EVENTS.rawValue }
        if let isOn { raw.members |= (isOn ? GANTRY_WEBHOOK_ON : GANTRY_WEBHOOK_OFF).rawValue }
        var text = ""
        switch description {
        case .unchanged: break
        case .none: raw.members |= GANTRY_WEBHOOK_NO_DESCRIPTION.rawValue
        case .text(let given):
            raw.members |= GANTRY_WEBHOOK_DESCRIPTION.rawValue
            text = given
        }
        return (url ?? "").withText { url in
            text.withText { text in
                Self.withTexts(events ?? []) { events in
                    raw.url = url
                    raw.description = text
                    raw.events = events.baseAddress
                    raw.event_count = UInt64(events.count)
                    return withUnsafePointer(to: raw, body)
                }
            }
        }
    }

    /// Lends texts as one list.
    private static func withTexts(
        _ texts: [String], _ body: (UnsafeBufferPointer<gantry_str_v1>) -> Int32
    ) -> Int32 {
        let bytes = texts.map { Array($0.utf8) }
        return bytes.flatMap(\.self).withUnsafeBufferPointer { all in
            var start = 0
            let list = bytes.map { text in
                defer { start += text.count }
                return gantry_str_v1(data: all.baseAddress.map { $0 + start }, size: UInt64(text.count))
            }
            return list.withUnsafeBufferPointer(body)
        }
    }
}
