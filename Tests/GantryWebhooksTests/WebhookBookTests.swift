import GantryCore
import GantryCryptography
import GantryEvents
import GantryStore
import GantryThreads
import Synchronization
import TestCommands
import Testing

@testable import GantryWebhooks

@Suite("Webhooks of one instance")
struct WebhookBookTests {
    private static let outage = WebhookSchedule.Answer(status: 500)

    /// A URL check that knows one bad URL.
    private struct OneBadURL: WebhookURLCheck {
        func refusal(of url: String) -> String? { url.contains("inside") ? "It leads inside." : nil }
        func plainRefusal(of url: String) -> String? { refusal(of: url) }
    }

    private final class Fixture {
        let folder = TemporaryFolder()
        let pool = ThreadPool(name: "store", threadCount: 1)
        let now = Mutable()
        let database: Database
        let book: WebhookBook

        final class Mutable: Sendable {
            let milliseconds = Atomic<Int64>(1_000_000)
        }

        init() throws {
            database = Database(path: "\(folder.path)/data.db", pool: pool)
            let yaml = """
                id: m
                version: 1.0.0
                interface: {minimum: 1, maximum: 1}
                library: libm.so
                contract: openapi.yaml
                capabilities: [database, events, webhooks]
                routes: []
                events: {publishes: [made, hook.off]}
                webhooks: {events: [made, hook.off], limit: 3, trial: hook.try, disabled: hook.off}
                """
            let manifest = try Manifest(yaml: yaml, file: "module.yaml")
            let key = try #require(SealingKey([UInt8](repeating: 1, count: 32)))
            let clock = now
            book = try WebhookBook(
                database: database, manifest: try #require(manifest.webhooks),
                sealer: WebhookSealer(key: key, tenant: "t", module: "m"), urls: OneBadURL()
            ) { clock.milliseconds.load(ordering: .relaxed) }
        }

        deinit {
            database.close()
            pool.stop()
        }

        func advance(_ milliseconds: Int64) { now.milliseconds.add(milliseconds, ordering: .relaxed) }

        func make(_ events: [String] = ["made"]) throws -> Webhook {
            advance(1)
            var change = WebhookChange()
            (change.url, change.events) = ("https://receiver.example/", events)
            return try book.create(change).webhook
        }

        func publish(_ type: String = "made") throws {
            let text: StaticString = "{}"
            let data = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            var type = type
            let outcome: Result<Void, StoreError> = type.withUTF8 { type in
                do throws(StoreError) {
                    try database.write(as: .host) { transaction throws(StoreError) in
                        try Outbox.publish(
                            EventDraft(
                                id: UniqueIdentifier(atMilliseconds: 1), type: UnsafeRawBufferPointer(type),
                                key: UnsafeRawBufferPointer(start: nil, count: 0), data: data, timeMilliseconds: 1),
                            in: transaction, webhooks: .subscribed)
                    }
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try outcome.get()
        }

        func due(_ webhook: Webhook) throws -> [WebhookDeliveryTable.Due] {
            try database.read(as: .host) { transaction throws(StoreError) in
                try WebhookDeliveryTable.due(
                    of: webhook.id, except: [], limit: 100, atMilliseconds: .max, in: transaction)
            }
        }

        /// Fails the oldest delivery that waits, for good.
        func fail(_ webhook: Webhook, _ verdict: WebhookSchedule.Verdict = .failed) throws -> String? {
            let due = try #require(try due(webhook).first)
            return try book.record(
                verdict, on: WebhookBookTests.outage, of: due,
                atMilliseconds: now.milliseconds.load(ordering: .relaxed))
        }

        func state(_ webhook: Webhook) throws -> (webhook: Webhook, deliveries: [WebhookDelivery]) {
            try #require(try book.read(webhook.id, limit: 20))
        }
    }

    @Test(
        "An event is recorded for the webhooks that are on and want it, with the change that it tells of or not at all")
    func audience() throws {
        let fixture = try Fixture()
        let (one, other, off) = (try fixture.make(), try fixture.make(["hook.off"]), try fixture.make())
        var change = WebhookChange()
        change.isOn = false
        _ = try fixture.book.update(off.id, change)
        try fixture.publish()
        #expect(try fixture.state(one).deliveries.map(\.type) == ["made"])
        #expect(try fixture.state(off).deliveries.isEmpty)
        // Of the one that was switched off.
        #expect(try fixture.state(other).deliveries.map(\.type) == ["hook.off"])
        change.isOn = true
        _ = try fixture.book.update(off.id, change)
        #expect(try fixture.state(off).deliveries.isEmpty, "nothing is made up for")
        struct Undone: Error {}
        #expect(throws: StoreError.self) {
            try fixture.database.write(as: .host) { transaction throws(StoreError) in
                try Outbox.publish(
                    EventDraft(
                        id: UniqueIdentifier(atMilliseconds: 1), type: UnsafeRawBufferPointer(start: nil, count: 0),
                        key: UnsafeRawBufferPointer(start: nil, count: 0),
                        data: UnsafeRawBufferPointer(start: nil, count: 0), timeMilliseconds: 1),
                    in: transaction, webhooks: .subscribed)
                throw StoreError.aborted(status: -11)
            }
        }
        #expect(try fixture.state(one).deliveries.count == 1)
    }

    @Test("Ten deliveries in a row that failed switch a webhook off; what waits for it is dropped and others are told")
    func failures() throws {
        let fixture = try Fixture()
        let (webhook, witness) = (try fixture.make(["made", "hook.off"]), try fixture.make(["hook.off"]))
        for _ in 0..<12 { try fixture.publish() }
        for count in 1...9 {
            #expect(try fixture.fail(webhook) == nil)
            #expect(try fixture.state(webhook).webhook.failureCount == Int64(count))
        }
        fixture.advance(5)
        #expect(try fixture.fail(webhook) == "failures")
        let (state, deliveries) = try fixture.state(webhook)
        #expect(!state.isOn && state.failureCount == 10)
        #expect(state.disabledMilliseconds == state.updatedMilliseconds)
        #expect(deliveries.allSatisfy { $0.state == .failed && $0.completedMilliseconds != nil })
        #expect(deliveries.allSatisfy { $0.type == "made" }, "it is not told of itself")
        #expect(try fixture.due(webhook).isEmpty)
        let told = try #require(try fixture.due(witness).first?.event)
        #expect(
            String(decoding: told.data, as: UTF8.self)
                == #"{"webhookId":"\#(webhook.id)","reason":"failures","failureCount":10,"#
                + #""disabledAt":"1970-01-01T00:16:40.007Z"}"#)
        var change = WebhookChange()
        change.isOn = true
        let on = try #require(try fixture.book.update(webhook.id, change))
        #expect(on.isOn && on.failureCount == 0 && on.disabledMilliseconds == nil)
    }

    @Test("A success makes up for all failures; 410 ends it at once; a trial changes neither")
    func outcomes() throws {
        let fixture = try Fixture()
        let webhook = try fixture.make()
        for _ in 0..<4 { try fixture.publish() }
        #expect(try fixture.fail(webhook) == nil)
        #expect(try fixture.fail(webhook, .succeeded) == nil)
        #expect(try fixture.state(webhook).webhook.failureCount == 0)
        #expect(try fixture.fail(webhook, .gone) == "gone")
        #expect(try fixture.state(webhook).webhook.isOn == false)
        #expect(try fixture.book.test(webhook.id))
        let trial = try #require(try fixture.due(webhook).first, "also while it is off")
        #expect(trial.isTrial && trial.event?.type == "hook.try")
        #expect(try fixture.fail(webhook, .gone) == nil)
        #expect(try fixture.state(webhook).webhook.failureCount == 1)
    }

    @Test("What is written down late, after a webhook was switched off or deleted, changes nothing")
    func lateEnds() throws {
        let fixture = try Fixture()
        let webhook = try fixture.make()
        try fixture.publish()
        let due = try #require(try fixture.due(webhook).first)
        var change = WebhookChange()
        change.isOn = false
        _ = try fixture.book.update(webhook.id, change)
        #expect(try fixture.book.record(.gone, on: Self.outage, of: due, atMilliseconds: 5) == nil)
        #expect(try fixture.state(webhook).webhook.failureCount == 0)
        #expect(try fixture.book.remove(webhook.id))
        #expect(try fixture.book.record(.succeeded, on: Self.outage, of: due, atMilliseconds: 5) == nil)
        #expect(try !fixture.book.remove(webhook.id))
    }

    @Test("A change of nothing leaves everything as it is, also the same events in another order")
    func noChange() throws {
        let fixture = try Fixture()
        let webhook = try fixture.make(["made", "hook.off"])
        fixture.advance(1000)
        var change = WebhookChange()
        #expect(try fixture.book.update(webhook.id, change) == webhook)
        change.events = ["hook.off", "made"]
        (change.url, change.isOn, change.description) = (webhook.url, true, .none)
        #expect(try fixture.book.update(webhook.id, change) == webhook)
        change.description = .text("")
        let changed = try #require(try fixture.book.update(webhook.id, change))
        #expect(changed.description == "" && changed.updatedMilliseconds == webhook.updatedMilliseconds + 1000)
    }

    @Test("There are never more than two good secrets, and a former one ends after a day")
    func rotation() throws {
        let fixture = try Fixture()
        let webhook = try fixture.make()
        let first = try #require(try fixture.book.rotate(webhook.id)?.secret)
        let second = try #require(try fixture.book.rotate(webhook.id)?.secret)
        let secrets = try fixture.database.read(as: .host) { transaction throws(StoreError) in
            try WebhookTable.secrets(of: webhook.id, in: transaction)
        }
        let kept = try #require(secrets)
        let open = { (sealed: [UInt8]) in fixture.book.sealer.open(sealed, of: webhook.id).map(WebhookSecret.text) }
        #expect(open(kept.sealed) == second && kept.former.flatMap(open) == first)
        #expect(kept.formerUntilMilliseconds == fixture.now.milliseconds.load(ordering: .relaxed) + 86_400_000)
        // The secret itself is nowhere in the file.
        #expect(!kept.sealed.contains([UInt8](second.utf8)))
    }

    @Test("Limit, URL and events are held")
    func refusals() throws {
        let fixture = try Fixture()
        var change = WebhookChange()
        (change.url, change.events) = ("https://inside.example/", ["made"])
        #expect(throws: WebhookError.self) { try fixture.book.create(change) }
        (change.url, change.events) = ("https://a.example/", ["hook.try"])
        #expect(throws: WebhookError.self) { try fixture.book.create(change) }
        for _ in 0..<3 { _ = try fixture.make() }
        do {
            _ = try fixture.make()
            Issue.record("there were three")
        } catch let error as WebhookError {
            #expect(error.code == .limitReached)
        }
        #expect(try fixture.book.list().count == 3)
    }

    @Test("An event stays in the outbox while a delivery of it waits, and its database is due for it")
    func purge() throws {
        let fixture = try Fixture()
        let webhook = try fixture.make()
        try fixture.publish()
        #expect(try PendingWork.nextDueMilliseconds(in: fixture.database) == 0)
        #expect(try EventPurge.removeDelivered(before: .max, in: fixture.database) == 0)
        _ = try fixture.fail(webhook, .again(atMilliseconds: 77))
        #expect(try PendingWork.nextDueMilliseconds(in: fixture.database) == 77)
        _ = try fixture.fail(webhook)
        #expect(try PendingWork.nextDueMilliseconds(in: fixture.database) == nil)
        #expect(try EventPurge.removeDelivered(before: .max, in: fixture.database) == 1)
        let over = try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try WebhookDeliveryTable.purge(before: .max, in: transaction)
        }
        #expect(!over)
        #expect(try fixture.state(webhook).deliveries.isEmpty)
    }
}
