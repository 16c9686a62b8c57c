import GantryCore
import Testing

@Suite("Faults of a manifest")
struct ManifestFaultTests {
    @Test("name file, line and field", arguments: faults)
    func namesThePlace(fault: Fault) {
        fault.expect { _ = try Manifest(yaml: fault.text, file: "the-file.yaml") }
    }

    @Test("a required setting is missed by its name", arguments: required)
    func missesRequired(name: String) {
        Fault(minimal(without: name), line: 1, field: "", says: "The setting `\(name)` is missing.").expect {
            _ = try Manifest(yaml: minimal(without: name), file: "the-file.yaml")
        }
    }

    @Test("a required setting that is null is missing too", arguments: required)
    func missesNull(name: String) {
        let text = minimal(["\(name):"])
        Fault(text, line: 1, field: "", says: "The setting `\(name)` is missing.").expect {
            _ = try Manifest(yaml: text, file: "the-file.yaml")
        }
    }

    @Test("a required setting of a route is missed", arguments: ["operation", "method", "path", "execution", "role"])
    func missesRouteSetting(name: String) {
        let settings = [
            "operation: get", "method: GET", "path: /x", "execution: blocking", "role: user",
        ].filter { !$0.hasPrefix(name) }
        let text = minimal(["routes: [{\(settings.joined(separator: ", "))}]"])
        Fault(text, line: 6, field: "routes.0", says: "The setting `\(name)` is missing.").expect {
            _ = try Manifest(yaml: text, file: "the-file.yaml")
        }
    }

    private static let required = ["id", "version", "interface", "library", "contract", "routes"]

    private static func broken(_ change: String, line: Int?, _ field: String, _ words: String) -> Fault {
        Fault(minimal([change]), line: line, field: field, says: words)
    }

    private static func route(_ members: String, _ field: String, _ words: String) -> Fault {
        let base = ["operation: get", "method: GET", "path: /x", "execution: blocking", "role: user"]
        let names = members.split(separator: ",").map { $0.prefix { $0 != ":" }.drop { $0 == " " } }
        let kept = base.filter { line in !names.contains { line.hasPrefix("\($0):") } }
        return broken("routes: [{\((kept + [members]).joined(separator: ", "))}]", line: 6, field, words)
    }

    static let faults = shapes + routes + references + syntax

    private static let shapes = [
        broken("id: Small", line: 1, "id", "lowercase letters"),
        broken("id: [a]", line: 1, "id", "A text is needed"),
        broken("interface: 1", line: 3, "interface", "A mapping is needed"),
        broken("interface: {minimum: 2, maximum: 1}", line: 3, "interface", "must not be greater"),
        broken("interface: {minimum: 0, maximum: 1}", line: 3, "interface.minimum", "A whole number from 1"),
        broken("interface: {minimum: one, maximum: 1}", line: 3, "interface.minimum", "A whole number from 1"),
        broken("interface: {minimum: 1}", line: 3, "interface", "The setting `maximum` is missing."),
        broken("interface: {minimum: 1, maximum: 1, exact: 1}", line: 3, "interface.exact", "no setting `exact`"),
        broken("library: ../evil.so", line: 4, "library", "without a path"),
        broken("library: ''", line: 4, "library", "without a path"),
        broken("contract: ..", line: 5, "contract", "without a path"),
        broken("entry: parallel", line: 7, "entry", "`parallel` is not one of: serial, concurrent."),
        broken("capabilities: [database, network]", line: 7, "capabilities.1", "`network` is not one of"),
        broken("capabilities: database", line: 7, "capabilities", "A list is needed"),
        broken("body: -1", line: 7, "body", "A whole number from 0"),
        broken("body: 1.5", line: 7, "body", "A whole number from 0"),
        broken("limits: {default: 5 per second}", line: 7, "limits.default", "<count>/<second|minute|hour|day>"),
        broken("limits: {default: {by: tenant}}", line: 7, "limits.default", "The setting `rate` is missing."),
        broken("limits: {default: {rate: 5/day, by: planet}}", line: 7, "limits.default.by", "`planet` is not one of"),
        broken("errors: {codes: {teapot: X}}", line: 7, "errors.codes.teapot", "A whole number from 400 to 599"),
        broken("errors: {codes: {200: X}}", line: 7, "errors.codes.200", "A whole number from 400 to 599"),
        broken("errors: {roles: {owner: X}}", line: 7, "errors.roles.owner", "`owner` is not one of"),
        broken("errors: {shape: x}", line: 7, "errors.shape", "no setting `shape`"),
        broken("validation: {depth: 0}", line: 7, "validation.depth", "A whole number from 1"),
        broken("validation: {trim: name}", line: 7, "validation.trim", "A list is needed"),
        broken("validation: {unknown-members: maybe}", line: 7, "validation.unknown-members", "`maybe` is not one of"),
        broken("jobs: [digest]", line: 7, "jobs.0", "A mapping is needed"),
        broken("events: {publish: []}", line: 7, "events.publish", "Known: live, publishes, retention, subscribes."),
        broken(
            "events: {subscribes: [{event: a}]}", line: 7, "events.subscribes.0", "The setting `handler` is missing."),
        broken("colour: red", line: 7, "colour", "There is no setting `colour` here. Known: body, capabilities,"),
    ]

    private static let routes = [
        route("method: get", "routes.0.method", "GET, POST, PUT, PATCH or DELETE"),
        route("method: TRACE", "routes.0.method", "GET, POST, PUT, PATCH or DELETE"),
        route("path: x", "routes.0.path", "A path begins with `/`."),
        route("execution: fast", "routes.0.execution", "`fast` is not one of: inline, blocking, async."),
        route("role: root", "routes.0.role", "`root` is not one of: public, user, admin, superadmin."),
        route("keys: maybe", "routes.0.keys", "`true` or `false` is needed"),
        route("check: 1", "routes.0.check", "`true` or `false` is needed"),
        route("body: big", "routes.0.body", "A whole number from 0"),
        route("limits: default", "routes.0.limits", "There is no setting `limits` here."),
        broken("routes: {}", line: 6, "routes", "A list is needed"),
        broken("routes: [get]", line: 6, "routes.0", "A mapping is needed"),
    ]

    private static let references = [
        broken(
            "events: {subscribes: [{event: a, handler: x}, {event: a, handler: y}]}", line: 1, "",
            "The event `a` has two handlers"),
        route("limit: writes", "routes.0", "The limit class `writes` is not declared under `limits`."),
        route("execution: inline", "routes.0", "An inline route needs `entry: concurrent`"),
        broken("migrations: migrations", line: 1, "", "`migrations` needs the capability `database`."),
        broken("events: {publishes: [a]}", line: 1, "", "`events.publishes` needs the capabilities"),
        broken("jobs: [{name: a}]", line: 1, "", "`jobs` needs the capabilities"),
        Fault(
            minimal(["routes: [\(anyRoute("a", "/a")),\n  \(anyRoute("a", "/b"))]"]), line: 7, field: "routes.1",
            says: "The operation `a` is declared twice."),
        Fault(
            minimal(["routes: [\(anyRoute("a", "/a")),\n  \(anyRoute("b", "/a"))]"]), line: 7, field: "routes.1",
            says: "`GET /a` is declared twice."),
    ]

    private static func anyRoute(_ operation: String, _ path: String) -> String {
        "{operation: \(operation), method: GET, path: \(path), execution: blocking, role: user}"
    }

    private static let syntax = [
        Fault("", line: nil, field: "", says: "The file is empty."),
        Fault("# nothing\n", line: nil, field: "", says: "The file is empty."),
        Fault("- a list\n", line: 1, field: "", says: "A mapping is needed"),
        Fault("id: a\nversion: [1\nlibrary: x\n", line: 3, field: "", says: "This is not readable YAML"),
        Fault("id: a\n\tversion: 1\n", line: 2, field: "", says: "This is not readable YAML"),
        Fault("id: a\nversion: 1\nid: b\n", line: 1, field: "", says: "The setting `id` stands here twice."),
        Fault("id: *nowhere\n", line: 1, field: "", says: "This is not readable YAML"),
        Fault("? [a]\n: b\n", line: 1, field: "?", says: "There is no setting"),
    ]
}
