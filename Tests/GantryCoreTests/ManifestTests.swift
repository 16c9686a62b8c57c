import GantryCore
import Testing

/// A manifest that is right; the tests break it one line at a time.
let goodManifest = """
    id: guestbook
    version: 1.2.3
    interface: {minimum: 1, maximum: 1}
    library: libguestbook.so
    contract: openapi.yaml
    entry: concurrent
    capabilities: [database, events, jobs]
    migrations: migrations
    body: 4096
    routes:
      - {operation: list, method: GET, path: /entries, execution: inline, role: public}
      - {operation: add, method: POST, path: /entries, execution: blocking, role: user, keys: false, limit: writes,
         check: true, body: 99}
    events:
      publishes: [entry.added]
      subscribes: [{event: user.left, handler: forget}]
    jobs: [{name: digest}]
    limits:
      default: 5/second
      writes: {rate: 10/minute, by: tenant}
    errors:
      body: '{"oops":$message}'
      codes: {404: GONE}
      roles: {user: member}
    validation: {unknown-members: refuse, control-characters: refuse, trim: [name], depth: 8, codes: {type: bad_type}}
    """

@Suite("Manifest")
struct ManifestTests {
    @Test("every setting arrives where it belongs")
    func readsEverything() throws {
        let manifest = try Manifest(yaml: goodManifest, file: "module.yaml")
        #expect(manifest.id == "guestbook")
        #expect(manifest.version == "1.2.3")
        #expect(manifest.interface == 1...1)
        #expect(manifest.library == "libguestbook.so")
        #expect(manifest.contract == "openapi.yaml")
        #expect(manifest.entry == .concurrent)
        #expect(manifest.capabilities == [.database, .events, .jobs])
        #expect(manifest.migrations == "migrations")
        #expect(manifest.publishes == ["entry.added"])
        #expect(manifest.subscriptions.map { "\($0.event)>\($0.handler)" } == ["user.left>forget"])
        #expect(manifest.jobs == ["digest"])
        #expect(manifest.limits["default"]?.rate == RateLimit(count: 5, periodSeconds: 1))
        #expect(manifest.limits["default"]?.subject == .credential)
        #expect(manifest.limits["writes"]?.rate == RateLimit(count: 10, periodSeconds: 60))
        #expect(manifest.limits["writes"]?.subject == .tenant)
        #expect(manifest.errors.body == #"{"oops":$message}"#)
        #expect(manifest.errors.codes[404] == "GONE")
        #expect(manifest.errors.codes[409] == "CONFLICT")
        #expect(manifest.errors.roleNames == ["user": "member"])
        #expect(manifest.validation.refusesUnknownMembers)
        #expect(manifest.validation.refusesControlCharacters)
        #expect(manifest.validation.trimmedMembers == ["name"])
        #expect(manifest.validation.maximumDepth == 8)
        #expect(manifest.validation.codes == ["type": "bad_type"])
    }

    @Test("routes carry their own settings and inherit the rest")
    func readsRoutes() throws {
        let routes = try Manifest(yaml: goodManifest, file: "module.yaml").routes
        let list = try #require(routes.first)
        let add = try #require(routes.last)
        #expect(list.method == "GET" && list.path == "/entries" && list.execution == .inline && list.role == .public)
        #expect(list.acceptsKeys && !list.checks && list.limit == nil)
        #expect(list.maximumBodyBytes == 4096)
        #expect(!add.acceptsKeys && add.checks && add.limit == "writes" && add.role == .user)
        #expect(add.maximumBodyBytes == 99)
    }

    @Test("what is left out takes the platform's defaults")
    func takesDefaults() throws {
        let manifest = try Manifest(yaml: minimal(), file: "module.yaml")
        #expect(manifest.entry == .serial)
        #expect(manifest.capabilities.isEmpty)
        #expect(manifest.migrations == nil)
        #expect(manifest.publishes.isEmpty && manifest.subscriptions.isEmpty && manifest.jobs.isEmpty)
        #expect(manifest.limits.isEmpty)
        #expect(manifest.errors == .platform)
        #expect(manifest.validation == .platform)
        #expect(manifest.routes.first?.maximumBodyBytes == Manifest.defaultMaximumBodyBytes)
    }

    @Test("a version that looks like a number stays as it is written")
    func keepsVersionText() throws {
        #expect(try Manifest(yaml: minimal(["version: 1.10"]), file: "m").version == "1.10")
    }

    @Test("the shipped manifests are readable", arguments: ["anomaly"])
    func readsShipped(name: String) throws {
        let manifest = try Manifest(yaml: RepositoryText.read("manifests/\(name)/module.yaml"), file: name)
        #expect(manifest.id == name)
        #expect(!manifest.routes.isEmpty)
    }
}

/// The least that a manifest needs; `changes` replace or add top-level lines.
func minimal(_ changes: [String] = [], without: String? = nil) -> String {
    var lines = [
        "id: small", "version: 1.0.0", "interface: {minimum: 1, maximum: 1}", "library: libsmall.so",
        "contract: openapi.yaml",
        "routes: [{operation: get, method: GET, path: /x, execution: blocking, role: user}]",
    ]
    for change in changes {
        let name = change.prefix { $0 != ":" }
        if let index = lines.firstIndex(where: { $0.hasPrefix("\(name):") }) {
            lines[index] = change
        } else {
            lines.append(change)
        }
    }
    return lines.filter { line in without.map { !line.hasPrefix("\($0):") } ?? true }.joined(separator: "\n")
}
