import GantryCore
import Testing

@Suite("Deployment")
struct DeploymentTests {
    @Test("every setting arrives where it belongs")
    func readsEverything() throws {
        let deployment = try Deployment(
            yaml: """
                listen: 0.0.0.0:80
                bundles: [a, /b]
                default-tenant: north
                log: {level: warning, requests: none}
                event-loops: 3
                drain: 7
                instances: {warm: 5, idle: 60}
                limits: {default: 9/hour}
                tenants:
                  - id: north
                    name: The North
                    hosts: [North.Example]
                    modules:
                      guestbook:
                        configuration: {greeting: "1", size: 2}
                        limits: {writes: 1/day}
                        mount: /books
                      tally:
                  - id: south_1
                """, file: "d.yaml")
        #expect(deployment.listen == "0.0.0.0:80")
        #expect(deployment.bundleFolders == ["a", "/b"])
        #expect(deployment.defaultTenant == "north")
        #expect(deployment.logLevel == .warning && deployment.requestLog == .none)
        #expect(deployment.eventLoops == 3 && deployment.drainSeconds == 7)
        #expect(deployment.instances.warmCount == 5 && deployment.instances.idleSeconds == 60)
        #expect(deployment.limits.rates[.default] == RateLimit(count: 9, periodSeconds: 3600))
        #expect(deployment.tenants.map(\.id) == ["north", "south_1"])
        let north = try #require(deployment.tenants.first)
        #expect(north.name == "The North" && north.hosts == ["north.example"])
        #expect(north.modules.map(\.id) == ["guestbook", "tally"])
        #expect(north.modules[0].configuration == #"{"greeting":"1","size":2}"#)
        #expect(north.modules[0].limits == ["writes": RateLimit(count: 1, periodSeconds: 86400)])
        #expect(north.modules[0].mount == "/books")
        #expect(north.modules[1].configuration == "{}" && north.modules[1].mount.isEmpty)
        #expect(deployment.tenants[1].name == "south_1")
    }

    @Test("a file that says nothing equals the defaults")
    func emptyEqualsDefaults() throws {
        let read = try Deployment(yaml: "tenants: []", file: "d.yaml")
        #expect(String(describing: read) == String(describing: Deployment()))
        #expect(read.listen == "127.0.0.1:8000")
        #expect(read.limits.rates[.default] == RateLimit(count: 60, periodSeconds: 60))
    }

    @Test("the demo's deployment is readable")
    func readsDemo() throws {
        let demo = try Deployment(yaml: RepositoryText.read("manifests/deployments/demo.yaml"), file: "demo.yaml")
        #expect(demo.tenants.contains { $0.id == demo.defaultTenant })
    }

    @Test("faults name file, line and field", arguments: faults)
    func namesThePlace(fault: Fault) {
        fault.expect { _ = try Deployment(yaml: fault.text, file: "the-file.yaml") }
    }

    static let faults = [
        Fault("listen: x\nport: 1", line: 2, field: "port", says: "There is no setting `port` here."),
        Fault("listen: [x]", line: 1, field: "listen", says: "A text is needed"),
        Fault("bundles: x", line: 1, field: "bundles", says: "A list is needed"),
        Fault("default-tenant: 'a b'", line: 1, field: "default-tenant", says: "1 to 64 letters"),
        Fault("log: loud", line: 1, field: "log", says: "A mapping is needed"),
        Fault("log:\n  level: loud", line: 2, field: "log.level", says: "`loud` is not one of: debug, info,"),
        Fault("log:\n  requests: some", line: 2, field: "log.requests", says: "`some` is not one of"),
        Fault("event-loops: -1", line: 1, field: "event-loops", says: "A whole number from 0 to 1024"),
        Fault("instances: {idle: -1}", line: 1, field: "instances.idle", says: "A whole number from 0 to 31536000"),
        Fault("drain: soon", line: 1, field: "drain", says: "A whole number from 0 to 86400"),
        Fault("limits: {default: 0/minute}", line: 1, field: "limits.default", says: "<count>/"),
        Fault("limits: {writes: 1/minute}", line: 1, field: "limits.writes", says: "no setting `writes`"),
        Fault("tenants: {a: b}", line: 1, field: "tenants", says: "A list is needed"),
        Fault("tenants:\n  - name: a", line: 2, field: "tenants.0", says: "The setting `id` is missing."),
        Fault("tenants:\n  - id: a/b", line: 2, field: "tenants.0.id", says: "1 to 64 letters"),
        Fault("tenants: [{id: a},{id: a}]", line: 1, field: "", says: "The tenant `a` is declared twice."),
        Fault("tenants:\n  - id: a\n    modules: {A: {}}", line: 3, field: "tenants.0.modules.A", says: "module's id"),
        Fault(
            "tenants:\n  - id: a\n    modules:\n      b: yes", line: 4, field: "tenants.0.modules.b",
            says: "A mapping is needed"),
        Fault(
            "tenants:\n  - id: a\n    modules:\n      b:\n        mount: x", line: 5, field: "tenants.0.modules.b",
            says: "`mount` begins with `/`"),
        Fault(
            "tenants:\n  - id: a\n    modules:\n      b: {configuration: 5}", line: 4,
            field: "tenants.0.modules.b.configuration", says: "A mapping is needed"),
        Fault(
            "tenants:\n  - id: a\n    modules:\n      b: {limits: {writes: fast}}", line: 4,
            field: "tenants.0.modules.b.limits.writes", says: "<count>/"),
    ]
}
