import GantryContract
import GantryCore
import GantryCryptography
import GantryGateway
import GantryIdentity
import GantryJSON
import GantryServer
import GantryTelemetry
import GantryThreads
import Glibc
import RawHTTP
import Synchronization

/// A gateway behind a real server, with fake modules and clocks of its own.
final class GatewayHarness {
    final class Clock: Sendable {
        /// Nanoseconds since the beginning of the test.
        let elapsed = Atomic<Int64>(0)

        func advance(seconds: Int64) { elapsed.add(seconds * 1_000_000_000, ordering: .sequentiallyConsistent) }

        /// The start is an instant in 2026 for the one clock and an hour for the other.
        var gatewayClock: GatewayClock {
            GatewayClock(
                wallMilliseconds: {
                    1_770_000_000_000 + self.elapsed.load(ordering: .sequentiallyConsistent) / 1_000_000
                },
                monotonicNanoseconds: { 3_600_000_000_000 + self.elapsed.load(ordering: .sequentiallyConsistent) })
        }
    }

    struct MemoryStorage: KeyStorage {
        func keys() throws -> [APIKeyRecord] { [] }
        func insert(_ record: APIKeyRecord) throws {}
        func revoke(id: String, atMilliseconds: Int64) throws {}
        func replace(id: String, endingAtMilliseconds: Int64, by record: APIKeyRecord) throws {}
        func saveKeyUses(_ uses: [(id: String, atMilliseconds: Int64)]) throws {}
    }

    struct NoTokenStorage: ModuleTokenStorage {
        func insert(_ record: ModuleTokenRecord) throws {}
        func revokeToken(id: String, tenant: String, module: String, atMilliseconds: Int64) throws -> Int64? { .max }
        func revokeTokens(
            kind: String, subject: String, tenant: String, module: String, atMilliseconds: Int64
        ) throws -> [(id: String, expiresAtMilliseconds: Int64)] { [] }
        func revokedTokens() throws -> [String: Int64] { [:] }
        func tokens(tenant: String, module: String, subject: String?) throws -> [ModuleTokenRecord] { [] }
        func sessionUses() throws -> [SessionUse] { [] }
        func saveUses(_ uses: [SessionUse]) throws {}
        func removeExpiredTokens(beforeMilliseconds: Int64) throws {}
    }

    /// One object for all, as tenants share it.
    private static let contract = Result {
        try Contract(
            document: JSONDocument(Array(contractText.utf8)), policy: CheckPolicy(refusesUnknownMembers: true))
    }

    let clock = Clock()
    let keys: KeyIndex
    let signer: TokenSigner
    let moduleTokens: ModuleTokens
    let gateway: Gateway
    let metrics = Metrics()
    let module = FakeModule()
    let pool: ThreadPool
    let timers = TimerQueue(name: "test timers")
    let log: Log
    let logDescriptor: Int32
    private let server: HTTPServer
    let port: Int
    /// Whose keys are published by hand.
    let issuers = Issuers()

    /// - Parameter threads: How many may wait for modules; a tenant has three quarters of them.
    init(
        threads: Int = 2, health: HealthChecks = GatewayHarness.healthy,
        tracer: Tracer = .off, events: (any LiveSource)? = nil,
        configure: (inout GatewayConfiguration) -> Void = { _ in },
        tenants: ((FakeModule) throws -> [TenantEntry])? = nil
    ) throws {
        pool = ThreadPool(name: "test", threadCount: threads)
        var path = Array("/tmp/gateway-test-XXXXXX".utf8CString)
        logDescriptor = mkstemp(&path)
        unlink(path)
        log = Log(level: .info, descriptor: logDescriptor)
        keys = try KeyIndex(storage: MemoryStorage())
        signer = try TokenSigner(secret: Array("a secret of more than thirty-two bytes".utf8))
        guard let sealing = SealingKey([UInt8](repeating: 1, count: SealingKey.byteCount)) else {
            preconditionFailure("The key has the right size.")
        }
        moduleTokens = try ModuleTokens(key: sealing, storage: NoTokenStorage(), nowMilliseconds: 0)
        var configuration = GatewayConfiguration()
        configure(&configuration)
        gateway = Gateway(
            configuration: configuration,
            authenticator: Authenticator(
                keys: keys, tokens: signer, moduleTokens: moduleTokens, issuers: issuers),
            log: log, metrics: metrics, pool: pool, health: health, tracer: tracer,
            events: events.map { [timers] in ($0, timers) },
            clock: clock.gatewayClock)
        let entries = try tenants?(module) ?? Self.entries(module)
        gateway.replaceState(try gateway.makeState(entries))
        var settings = ServerConfiguration()
        settings.eventLoops = 1
        server = HTTPServer(configuration: settings)
        port = try server.listen(on: .internet(host: "127.0.0.1", port: 0), handler: gateway).port
    }

    deinit {
        server.shutDown(drainingFor: .zero)
        pool.stop()
        timers.stop()
        log.close()
        close(logDescriptor)
    }

    static let healthy = HealthChecks(
        database: HealthCheck(backend: "sqlite") { nil }, redis: HealthCheck(backend: "in_process") { nil },
        storage: HealthCheck(backend: "local") { nil }, cache: HealthCheck(backend: "in_process") { nil },
        schemaVersion: { SchemaReport(expected: "0002", current: "0002", pending: []) })

    /// `default` and `a` are active and have the module, `empty` has none, `gone` is suspended.
    static func entries(_ module: FakeModule) throws -> [TenantEntry] {
        let enabled = try Self.enabled(module)
        return [
            TenantEntry(id: "default", modules: [enabled]),
            TenantEntry(id: "a", hosts: ["a.example"], modules: [enabled]),
            TenantEntry(id: "empty", hosts: ["empty.example"]),
            TenantEntry(id: "gone", status: .suspended, hosts: ["gone.example"], modules: [enabled]),
        ]
    }

    static func enabled(
        _ module: (any ModulePort)?, id: String = "fake", mount: String = "", limits: [String: RateLimit] = [:],
        change: (inout Manifest) -> Void = { _ in }
    ) throws -> EnabledModule {
        var manifest = try Manifest(yaml: manifestText, file: "module.yaml")
        manifest.id = id
        change(&manifest)
        return EnabledModule(
            manifest: manifest, contract: try contract.get(), instance: module, limits: limits, mount: mount)
    }

    func key(_ tenant: String = "a") throws -> String {
        "Authorization: Bearer " + (try keys.issue(tenant: tenant, name: "test", nowMilliseconds: 0).key)
    }

    func token(_ tenant: String? = "a", role: Role = .user, subject: String = "u1") -> String {
        "Authorization: Bearer "
            + signer.mint(
                TokenClaims(subject: subject, expiresAtMilliseconds: 1_780_000_000_000, role: role, tenant: tenant))
    }

    /// A header with a token that a module has issued, and the token's id.
    func issued(
        by module: String = "fake", for tenant: String = "a", kind: String = "share"
    ) throws -> (header: String, id: String) {
        let facts = TokenFacts(id: "", module: module, kind: kind, role: "viewer", claims: "")
        let order = ModuleTokens.Order(tenant: tenant, facts: facts, subject: "guest", lifetimeSeconds: 60)
        let (text, record) = try moduleTokens.mint(order, nowMilliseconds: 1_770_000_000_000)
        return ("Authorization: Bearer " + text, record.id)
    }

    /// The port of a further listener, for one tenant alone.
    func listen(for tenant: String) throws -> Int {
        var settings = ListenerSettings()
        settings.label = tenant
        return try server.listen(on: .internet(host: "127.0.0.1", port: 0), settings: settings, handler: gateway).port
    }

    func client() throws -> RawClient { try RawClient(port: port) }

    /// Sends one request on a connection of its own.
    func request(
        _ method: String, _ target: String, _ headers: [String] = [], body: String? = nil
    ) throws -> RawClient.Response {
        try client().exchange(method, target, headers: headers, body: body)
    }

    /// Lines of the log so far.
    func logLines() -> [String] {
        log.flush()
        var text = [UInt8](repeating: 0, count: Int(lseek(logDescriptor, 0, SEEK_END)))
        _ = text.withUnsafeMutableBytes { pread(logDescriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

extension RawClient.Response {
    /// A string in the body, at the end of a path of members.
    func text(_ path: String...) -> String? {
        guard let document = try? JSONDocument(Array(body.utf8)) else { return nil }
        return document.withRoot { root in
            var value: JSONValue? = root
            for name in path { value = Int(name).map { value?[$0] } ?? value?[name] }
            return value.map { $0.string ?? String(decoding: $0.rawBytes, as: UTF8.self) }
        }
    }
    /// `details.reason` of a failure.
    var reason: String? { text("error", "details", "reason") }
    /// A member of `details`.
    func detail(_ name: String) -> String? { text("error", "details", name) }
    /// Status and reason, as tables of tests write them.
    var summary: String { reason.map { "\(status) \($0)" } ?? "\(status)" }
    /// A member of what the fake module saw.
    func seen(_ name: String) -> String? { text(name) }
}
