import GantryCore
import GantryLoader
import GantryThreads
import Testing

@Suite("Rights at run time", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct RevocationTests {
    /// What the fixture tells, by the capability that it needs.
    private static let uses: [Manifest.Capability: [String]] = [
        .database: ["database", "query gantry.database"],
        .events: ["events", "query gantry.events"], .jobs: ["jobs", "query gantry.jobs"],
        .blobs: ["blobs", "blobs create", "query gantry.blobs"], .cache: ["cache", "query gantry.cache"],
        .secrets: ["secrets"], .identity: ["identity"],
        .directory: ["directory", "directory members", "query gantry.directory"],
        .httpClient: ["http_client", "query gantry.http_client"], .webhooks: ["webhooks", "query gantry.webhooks"],
    ]
    private static let capabilities = uses.keys.sorted { $0.rawValue < $1.rawValue }
    private static let asked: InstanceRights = InstanceRights(Set(uses.keys))

    private final class Denials: DenialPort {
        private let state = Lock<[String]>([])
        var all: [String] { state.withLock { $0 } }
        func denied(_ right: String, function: StaticString) { state.withLock { $0.append("\(right) \(function)") } }
    }

    private static var services: ServicePorts {
        var ports = FakeServices().ports
        ports.directory = FakeDirectory()
        return ports
    }

    private static func harness(_ denials: Denials = Denials()) throws -> Harness {
        try Harness("TriesEverything", services: services, denials: denials)
    }

    /// What was told last of each use.
    private static func outcome(_ log: FakeLog) -> [String: ModuleStatus?] {
        Dictionary(uniqueKeysWithValues: uses.values.joined().map { ($0, log.status($0)) })
    }

    private static func expectDenied(_ denied: Set<Manifest.Capability>, _ log: FakeLog, _ comment: Comment) {
        for (capability, names) in uses {
            for name in names {
                // Without a transaction there is nothing to publish in: the line is that of an earlier call.
                if denied.contains(.database), capability == .events || capability == .jobs,
                    !name.hasPrefix("query")
                {
                    continue
                }
                #expect(log.status(name) == (denied.contains(capability) ? .denied : .ok), "\(name), \(comment)")
            }
        }
    }

    @Test("each capability is denied from the next call on, also at tables that are held, and granted again at once")
    func revokes() throws {
        let denials = Denials()
        let harness = try Self.harness(denials)
        harness.call()
        Self.expectDenied([], harness.log, "everything granted")
        #expect(denials.all.isEmpty)
        for capability in Self.capabilities {
            harness.instance.replaceRights(InstanceRights(Self.asked.capabilities.subtracting([capability])))
            harness.call()
            Self.expectDenied([capability], harness.log, "without \(capability)")
            #expect(denials.all.contains { $0.hasPrefix("\(capability.rawValue) gantry") }, "\(capability)")
            harness.instance.replaceRights(Self.asked)
            harness.call()
            Self.expectDenied([], harness.log, "\(capability) granted again")
        }
        harness.instance.replaceRights(InstanceRights([]))
        harness.call()
        Self.expectDenied(Set(Self.capabilities), harness.log, "nothing granted")
    }

    @Test("what one tenant loses another one keeps")
    func tenants() throws {
        let harness = try Self.harness()
        let log = FakeLog()
        let other = try harness.another(
            tenant: "south", granted: [.database, .events, .jobs], log: log, services: Self.services)
        harness.instance.replaceRights(InstanceRights([]))
        harness.call()
        harness.call(on: other)
        Self.expectDenied(Set(Self.capabilities), harness.log, "north")
        Self.expectDenied([], log, "south")
    }

    @Test("what the manifest did not ask for is denied whatever is granted, and counted")
    func notAsked() throws {
        let harness = try Self.harness()
        let poor = try harness.another(tenant: "south", granted: [])
        poor.replaceRights(.all)
        harness.call(on: poor)
        Self.expectDenied(Set(Self.capabilities), harness.log, "not asked for")
    }

    @Test("a transaction under way is refused its next statement and undone, whatever its body answers")
    func openTransaction() throws {
        let harness = try Self.harness()
        let instance = harness.instance
        harness.database.observe { statement in
            if statement == "ONE" {
                instance.replaceRights(InstanceRights(Self.asked.capabilities.subtracting([.database])))
            }
        }
        harness.call()
        #expect(harness.log.status("execute") == .ok)
        #expect(harness.log.status("execute again") == .denied)
        #expect(harness.log.status("database") == .denied)
        #expect(harness.database.log.last == "roll back")
        #expect(!harness.database.log.contains("execute TWO"))
    }

    @Test("parts are withheld one by one: a secret, a kind of tokens, a part of the directory, an event, a job")
    func parts() throws {
        let denials = Denials()
        let harness = try Self.harness(denials)
        let parts = [
            ("secrets:known", "secrets"), ("identity:share", "identity"), ("directory:keys", "directory"),
            ("events:entry.added", "events"), ("jobs:digest", "jobs"),
        ]
        for (part, name) in parts {
            harness.instance.replaceRights(InstanceRights(Self.asked.capabilities, withheld: [part]))
            harness.call()
            for use in Self.uses.values.joined() {
                #expect(harness.log.status(use) == (use == name ? .denied : .ok), "\(use) without \(part)")
            }
            #expect(denials.all.last?.hasPrefix("\(part) gantry.") == true, "\(part)")
        }
        harness.instance.replaceRights(InstanceRights(Self.asked.capabilities, withheld: ["secrets:other"]))
        harness.call()
        Self.expectDenied([], harness.log, "another part")
    }
}
