import GantryCore
import GantryLoader
import Testing

@Suite("The tables of services", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct ServiceTests {
    private static let expected: [(String, Int32)] = [
        ("cache.get", 2), ("cache.set", 0), ("cache.found", 0), ("cache.taken", 1), ("cache.add", 0),
        ("cache.value", 2), ("cache.empty", -1), ("cache.span", -1), ("cache.key", -1), ("cache.function", -1),
        ("cache.remove", 0), ("cache.removed", 2),
        ("blobs.put", 0), ("blobs.span", -1), ("blobs.key", -1), ("blobs.create", 0), ("blobs.append", 0),
        ("blobs.again", -4), ("blobs.none", 2), ("blobs.read", 0), ("blobs.size", 5), ("blobs.behind", 2),
        ("blobs.room", -1), ("blobs.writer", -4), ("blobs.close", 0), ("blobs.closed", -4), ("blobs.list", 0),
        ("blobs.listed", 1), ("blobs.left", 0),
        ("http.perform", 0), ("http.status", 204), ("http.refused", -3), ("http.span", -1), ("http.many", -10),
        ("http.nothing", -1), ("http.resume", -4), ("http.cancel", -4),
        ("settings.configuration", 0), ("settings.secret", 0), ("settings.unset", 2), ("settings.undeclared", -1),
        ("identity.principal", 0), ("identity.kind", 1), ("identity.mint", 0), ("identity.text", 1),
        ("identity.other kind", -3), ("identity.other role", -3), ("identity.long", -10), ("identity.claims", -1),
        ("identity.verify", 0), ("identity.forged", -3), ("identity.revoke", 2), ("identity.subject", 0),
        ("webhooks.check", 0), ("webhooks.refused", -3), ("webhooks.create", 0), ("webhooks.secret", 1),
        ("webhooks.events", 2), ("webhooks.half", -1), ("webhooks.span", -1), ("webhooks.many", -10),
        ("webhooks.url", -10), ("webhooks.list", 0), ("webhooks.read", 0), ("webhooks.deliveries", 2),
        ("webhooks.unread", 2), ("webhooks.nothing", -1), ("webhooks.update", 0), ("webhooks.off", 0),
        ("webhooks.both", -1), ("webhooks.rotate", 0), ("webhooks.test", 0), ("webhooks.untested", 2),
        ("webhooks.remove", 0), ("webhooks.removed", 2),
        ("metrics.add", 0), ("metrics.label", -1),
        ("trace.begin", 0), ("trace.attribute", 0), ("trace.header", 0), ("trace.end", 0), ("trace.again", -4),
        ("trace.outer", -4), ("stale.cache", -4), ("stale.settings", -4), ("stale.trace", -4),
    ]
    private static let user = Principal(kind: .user, subject: "usr_1", role: .user, tenant: "north")

    private func harness() throws -> (Harness, FakeServices) {
        let services = FakeServices()
        return (try Harness("UsesServices", services: services.ports), services)
    }

    @Test("every function does what it should, and refuses what its contract excludes")
    func functions() throws {
        let (harness, services) = try harness()
        #expect(harness.call(principal: Self.user).body == "done")
        for (name, status) in Self.expected {
            #expect(harness.log.status(name) == ModuleStatus(rawValue: status), "\(name)")
        }
        #expect(services.outbound.lastHeaders == ["traceparent"])
    }

    @Test("what a call left open is ended with it: writers, readers and spans")
    func ends() throws {
        let (harness, services) = try harness()
        harness.call(principal: Self.user)
        #expect(services.blobs.openWriters == 0)
        #expect(services.blobs.discardedWriters == 1)
        let spans = harness.log.lines.filter { $0.message == "span" }
        #expect(spans.count == 2)
        #expect(spans[0].fields.contains("span=work") && spans[0].fields.contains("a=b"))
        #expect(spans[0].level == .debug)
        #expect(spans[1].fields.contains("span=left open") && spans[1].fields.contains("status=GANTRY_E_CANCELLED"))
        // The handles of the first call are stale for the second, and no other instance's.
        harness.call(principal: Self.user)
        #expect(harness.log.status("blobs.foreign writer") == .stale)
        #expect(harness.log.status("blobs.foreign reader") == .stale)
    }

    @Test("tables borrowed from an instance that has the rights serve none that has not")
    func denied() throws {
        let (harness, _) = try harness()
        let poor = try harness.another(tenant: "south", granted: [])
        for table in ["gantry.http_client", "gantry.blobs", "gantry.cache", "gantry.webhooks"] {
            #expect(harness.log.status(table) == .denied, "\(table)")
        }
        #expect(harness.log.status("gantry.settings") == .ok)
        #expect(harness.call(on: poor).body == "done")
        let names = [
            "cache.set", "cache.add", "blobs.put", "blobs.create", "blobs.list", "http.perform", "settings.secret",
            "identity.mint", "identity.verify", "identity.revoke", "metrics.add", "webhooks.check", "webhooks.create",
            "webhooks.list", "webhooks.test",
        ]
        for name in names { #expect(harness.log.status(name) == .denied, "\(name)") }
        #expect(harness.log.status("settings.configuration") == .ok)
        #expect(harness.log.status("identity.kind") == .ok, "Nobody made the request.")
    }

    @Test("functions that wait are refused on threads that may not, the others are not")
    func threads() throws {
        let (harness, services) = try harness()
        let sink = ThreadRule.withoutWaiting { harness.call(principal: Self.user) }
        #expect(sink.body == "done")
        for name in ["blobs.put", "blobs.open", "blobs.list", "http.perform", "identity.mint", "webhooks.list"] {
            #expect(harness.log.status(name) == .thread, "\(name)")
        }
        for name in ["cache.set", "settings.secret", "trace.begin", "metrics.add", "webhooks.check"] {
            #expect(harness.log.status(name) == .ok, "\(name)")
        }
        #expect(services.blobs.openWriters == 0)
        harness.call(principal: Self.user)
        #expect(harness.log.status("blobs.put") == .ok, "The mark ends with its time.")
    }
}
