import GantryCore
import GantryEvents
import GantryJSON
import GantryStore
import GantryThreads

extension Administration {
    func listEvents(_ arguments: CommandArguments) throws -> String {
        let state = try Self.choice("state", arguments, Self.eventStates)
        let type = arguments.values["type"]
        return try page(arguments) { database, before, limit in
            let filter = EventLog.Filter(state: state, type: type, beforeSequence: before ?? .max)
            return try EventLog.entries(in: database, filter, limit: limit)
        } sequence: {
            $0.sequence
        } write: { _, entry, writer in
            Self.write(entry, into: &writer)
        }
    }

    func showEvent(_ arguments: CommandArguments) throws -> String {
        let id = try Self.identifier(arguments)
        return try first(of: arguments, "event `\(id)`") { database, place in
            guard let (entry, data) = try EventLog.event(id, in: database) else { return nil }
            let deliveries = try EventLog.deliveries(in: database, of: entry.sequence, limit: Self.longestPage)
            return Self.object { writer in
                writer.key("tenant")
                writer.string(place.tenant)
                writer.key("module")
                writer.string(place.module)
                Self.write(entry, into: &writer)
                writer.key("data")
                Self.write(json: data, into: &writer)
                writer.key("deliveries")
                Self.array(deliveries, into: &writer) { Self.write($0, into: &$1) }
            }
        }
    }

    func replayEvents(_ arguments: CommandArguments) throws -> String {
        let place = try workPlace(arguments)
        let selection = try Self.selection(arguments)
        let subscriber = arguments.values["subscriber"]
        if subscriber == nil && selection != .deadLetters {
            throw AdministrationError(
                code: "invalid", message: "Name the module that is to get the events again with --subscriber.")
        }
        return try withWritableDatabase(of: place) { database in
            try checkSubscriber(subscriber, of: place, in: database)
            if case .event(let id) = selection, try EventLog.event(id, in: database) == nil {
                throw AdministrationError(
                    code: "not_found", message: "`\(place.module)` of `\(place.tenant)` has no event `\(id)`.")
            }
            let count = try EventReplay.replay(
                selection, type: arguments.values["type"], to: subscriber, in: database)
            return Self.outcome(of: place, "replayed", count)
        }
    }

    func purgeEvents(_ arguments: CommandArguments) throws -> String {
        let place = try workPlace(arguments)
        return try withWritableDatabase(of: place) { database in
            let subscriber = arguments.values["subscriber"]
            try checkSubscriber(subscriber, of: place, in: database)
            switch try arguments.required("what") {
            case "delivered":
                let age = try Self.duration("older", arguments) ?? 0
                let count = try EventPurge.removeDelivered(before: systemWallClock() - age, in: database)
                return Self.outcome(of: place, "removed", count)
            case "dead":
                return Self.outcome(
                    of: place, "removed", try EventPurge.removeDeadLetters(of: subscriber, in: database))
            case "subscriber":
                let name = try arguments.required("subscriber")
                if place.isSubscribed(name, among: try workPlaces(of: place.tenant)) {
                    throw AdministrationError(
                        code: "conflict",
                        message: "`\(name)` is enabled and wants these events. Disable it first, or keep its place.")
                }
                return Self.outcome(
                    of: place, "removed", try EventPurge.forget(subscriber: name, in: database) ? 1 : 0)
            case let other:
                throw AdministrationError(code: "invalid", message: "There is no purge of `\(other)`.")
            }
        }
    }

    private func workPlaces(of tenant: String) throws -> [WorkPlace] {
        try workPlaces(CommandArguments(command: "", values: ["tenant": tenant]))
    }

    private func checkSubscriber(_ name: String?, of place: WorkPlace, in database: Database) throws {
        guard let name else { return }
        let known = try EventLog.subscribers(in: database).map(\.name)
        guard known.contains(name) else {
            let others = known.isEmpty ? "It has none." : "It has: \(known.joined(separator: ", "))."
            throw AdministrationError(
                code: "not_found",
                message: "`\(place.module)` of `\(place.tenant)` has no subscriber `\(name)`. \(others)")
        }
    }

    private static func selection(_ arguments: CommandArguments) throws -> EventReplay.Selection {
        if arguments.values["dead"] != nil { return .deadLetters }
        if arguments.values["id"] != nil { return .event(try identifier(arguments)) }
        let since = try time("since", arguments)
        let until = try time("until", arguments)
        guard since != nil || until != nil else {
            throw AdministrationError(code: "invalid", message: "Name an event, a time (--since, --until), or --dead.")
        }
        guard since ?? .min < until ?? .max else {
            throw AdministrationError(code: "invalid", message: "`--since` must be before `--until`.")
        }
        return .time((since ?? .min)..<(until ?? .max))
    }

    private static func time(_ name: String, _ arguments: CommandArguments) throws -> Int64? {
        guard let text = arguments.values[name] else { return nil }
        if let milliseconds = RFC3339.milliseconds(text) { return milliseconds }
        if let age = DurationText.milliseconds(text) { return systemWallClock() - age }
        throw AdministrationError(
            code: "invalid", message: "`\(text)` is no time; write 2026-06-14T05:00:00Z, or 2h for two hours ago.")
    }

    private static func duration(_ name: String, _ arguments: CommandArguments) throws -> Int64? {
        guard let text = arguments.values[name] else { return nil }
        guard let milliseconds = DurationText.milliseconds(text) else {
            throw AdministrationError(code: "invalid", message: "`\(text)` is no length of time; write 12h or 7d.")
        }
        return milliseconds
    }

    private static func outcome(of place: WorkPlace, _ name: String, _ count: Int) -> String {
        object { writer in
            writer.key("tenant")
            writer.string(place.tenant)
            writer.key("module")
            writer.string(place.module)
            writer.key(name)
            writer.int(count)
        }
    }

    private static let eventStates: [(word: String, value: EventLog.State)] = [
        ("delivered", .delivered), ("pending", .pending), ("retrying", .retrying), ("dead", .dead),
    ]

    private static func write(_ entry: EventLog.Entry, into writer: inout JSONWriter) {
        writer.key("id")
        writer.string(entry.id.description)
        writer.key("type")
        writer.string(entry.type)
        writer.key("key")
        writer.string(entry.key)
        writer.key("time")
        writer.timestamp(milliseconds: entry.timeMilliseconds)
        writer.key("state")
        writer.string(eventStates.first { $0.value == entry.state }?.word)
    }

    private static func write(_ delivery: EventLog.Delivery, into writer: inout JSONWriter) {
        writer.key("subscriber")
        writer.string(delivery.subscriber)
        writer.key("state")
        writer.string(delivery.isDead ? "dead" : "retrying")
        writer.key("attempts")
        writer.int(Int(delivery.attempt))
        writer.key("next")
        write(time: delivery.isDead ? nil : delivery.notBeforeMilliseconds, into: &writer)
        writer.key("error")
        writer.string(delivery.lastError)
    }
}

extension Administration {
    /// A moment; null for none, and for the beginning of time, which means at once.
    static func write(time milliseconds: Int64?, into writer: inout JSONWriter) {
        if let milliseconds, milliseconds > 0 {
            writer.timestamp(milliseconds: milliseconds)
        } else {
            writer.null()
        }
    }

    /// What a module has given as JSON; as a text when it is none.
    static func write(json bytes: [UInt8], into writer: inout JSONWriter) {
        if (try? JSONDocument(bytes)) != nil {
            writer.raw(bytes)
        } else {
            writer.string(String(decoding: bytes, as: UTF8.self))
        }
    }
}

extension WorkPlace {
    /// Whether an enabled module of the name wants events of this place's module.
    fileprivate func isSubscribed(_ name: String, among places: [WorkPlace]) -> Bool {
        let subscriber = places.first { $0.module == name && $0.enablement.isEnabled }
        let published = Set(manifest?.publishes ?? [])
        return subscriber?.manifest?.subscriptions.contains {
            published.contains($0.event) && $0.publisher ?? module == module
        } ?? false
    }
}
