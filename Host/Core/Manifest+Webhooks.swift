extension Manifest {
    /// What a tenant's webhooks can hear of a module's events.
    public struct Webhooks: Sendable, Equatable {
        /// Types that can be subscribed to; each stands under `events.publishes`.
        public var events: [String]
        /// The most webhooks of a tenant.
        public var limit: Int
        /// Type of the event that a webhook is tried with.
        public var trialEvent: String
        /// Type of the event that tells of a webhook that was switched off.
        public var disabledEvent: String

        init(_ place: YAMLReader) throws {
            try place.allow(["events", "limit", "trial", "disabled"])
            let events = try place.required("events").list()
            self.events = try events.map(Self.type)
            guard !self.events.isEmpty else { throw place.error("At least one type of events is needed here.") }
            guard Set(self.events).count == self.events.count else {
                throw place.error("A type stands twice under `webhooks.events`.")
            }
            limit = try place.optional("limit")?.integer(1...1000) ?? 20
            trialEvent = try place.optional("trial").map(Self.type) ?? "webhook.test"
            disabledEvent = try place.optional("disabled").map(Self.type) ?? "webhook.disabled"
            if self.events.contains(trialEvent) {
                throw place.error("The trial event `\(trialEvent)` goes to the webhook that is tried, to no other.")
            }
        }

        private static func type(_ place: YAMLReader) throws -> String {
            let text = try place.string()
            guard (1...256).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
                throw place.error("A type of events has 1 to 256 bytes without spaces and control characters.")
            }
            return text
        }
    }

    /// What refers to capabilities and to the module's events.
    func checkWebhooks(_ root: YAMLReader) throws {
        guard let webhooks else {
            if capabilities.contains(.webhooks) {
                throw root.error("The capability `webhooks` needs the events that are sent under `webhooks`.")
            }
            return
        }
        let place = try root.required("webhooks")
        for capability in [Capability.webhooks, .database, .events] where !capabilities.contains(capability) {
            throw place.error("`webhooks` needs the capability `\(capability.rawValue)`.")
        }
        for event in webhooks.events where !publishes.contains(event) {
            throw place.error("The event `\(event)` is not declared under `events.publishes`.")
        }
    }
}
