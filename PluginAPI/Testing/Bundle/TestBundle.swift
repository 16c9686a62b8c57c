/// The manifest of a bundle's folder, as far as a host for tests needs it.
public struct TestBundle: Sendable {
    /// A route of the manifest.
    public struct Route: Sendable {
        /// The operation id of the contract.
        public let operation: String
        /// The method.
        public let method: String
        /// The path template.
        public let path: String
        /// Whether it runs where nothing may wait.
        public let isInline: Bool
        /// Whether the module's own check is called.
        public let checks: Bool
        /// Whether its body comes piece by piece.
        public let streamsBody: Bool
        /// Whether it opens a WebSocket.
        public let opensSocket: Bool
    }

    /// The folder.
    public let folder: String
    /// The module's id.
    public let id: String
    /// The module's version.
    public let version: String
    /// The name of the library's file.
    public let library: String
    /// The name of the contract's file.
    public let contract: String
    /// The revisions of the interface that the module speaks.
    package let interface: ClosedRange<UInt32>
    /// Whether calls of one instance follow each other.
    public let isSerial: Bool
    /// What the module asks for.
    public let capabilities: Set<String>
    /// What it serves.
    public let routes: [Route]
    /// Types of events that it publishes.
    public let publishes: [String]
    /// Types of events that webhooks can hear of.
    public let webhookEvents: [String]
    /// The most webhooks of a tenant.
    public let webhookLimit: Int
    /// Type of the event that a webhook is tried with.
    public let webhookTrial: String
    /// Types of events that it receives, with the names of the handlers.
    public let subscriptions: [(event: String, handler: String)]
    /// Names of the templates of its mails.
    public let mailTemplates: Set<String>
    /// Names of its jobs.
    public let jobs: [String]
    /// Hosts that it may call.
    public let outbound: [String]
    /// Names of its secrets.
    public let secrets: [String]
    /// The SQL of its migrations, in order.
    public let migrations: [(name: String, sql: String)]

    /// Reads `module.yaml` and the migrations of `folder`. Throws `TestFailure` with file and line.
    public init(_ folder: String) throws {
        let path = "\(folder)/module.yaml"
        let yaml = try YAML.parse(try TestFile.text(path), file: path)
        func text(_ key: String) throws -> String {
            guard let text = yaml[key]?.text, !text.isEmpty else { throw TestFailure("\(path): `\(key)` is missing") }
            return text
        }
        func names(_ value: YAML?) -> [String] {
            (value?.elements ?? []).compactMap { $0.text ?? $0["name"]?.text ?? $0["host"]?.text ?? $0["type"]?.text }
        }
        self.folder = folder
        id = try text("id")
        version = try text("version")
        library = try text("library")
        contract = try text("contract")
        func revision(_ key: String) -> UInt32 { yaml["interface"]?[key]?.text.flatMap { UInt32($0) } ?? 1 }
        interface = revision("minimum")...max(revision("minimum"), revision("maximum"))
        isSerial = yaml["entry"]?.text == "serial"
        capabilities = Set(names(yaml["capabilities"]))
        // The bytes of transfers are the host's; the module knows nothing of those routes.
        let handled = (yaml["routes"]?.elements ?? []).filter { $0["transfer"] == nil }
        routes = try handled.map { route in
            guard let operation = route["operation"]?.text, let method = route["method"]?.text,
                let template = route["path"]?.text
            else { throw TestFailure("\(path): a route lacks `operation`, `method` or `path`") }
            return Route(
                operation: operation, method: method, path: template, isInline: route["execution"]?.text != "blocking",
                checks: route["check"]?.text == "true", streamsBody: route["stream"]?.text == "true",
                opensSocket: route["websocket"] != nil)
        }
        publishes = names(yaml["events"]?["publishes"])
        webhookEvents = names(yaml["webhooks"]?["events"])
        webhookLimit = yaml["webhooks"]?["limit"]?.text.flatMap { Int($0) } ?? 20
        webhookTrial = yaml["webhooks"]?["trial"]?.text ?? "webhook.test"
        subscriptions = (yaml["events"]?["subscribes"]?.elements ?? []).compactMap { entry in
            guard let event = entry["event"]?.text, let handler = entry["handler"]?.text else { return nil }
            return (event, handler)
        }
        jobs = names(yaml["jobs"])
        mailTemplates = Set(yaml["mail"]?["templates"]?.pairs.map(\.key) ?? [])
        outbound = names(yaml["outbound"])
        secrets = names(yaml["secrets"]) + (yaml["secrets"]?.pairs.map(\.key) ?? [])
        migrations = try yaml["migrations"]?.text.map { try Self.migrations("\(folder)/\($0)") } ?? []
    }

    private static func migrations(_ folder: String) throws -> [(name: String, sql: String)] {
        // A migration that differs by engine has a file for each; this host is SQLite.
        let names = TestFile.names(in: folder).filter { $0.hasSuffix(".sql") && !$0.hasSuffix(".postgresql.sql") }
        return try names.map { ($0, try TestFile.text("\(folder)/\($0)")) }
    }

    /// The route that takes a request, and the decoded values of its path's parameters; plain segments go before
    /// parameters, as in the host.
    func route(_ method: String, _ path: String) -> (Route, [String])? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var best: (route: Route, parameters: [String])?
        for route in routes where route.method == method {
            let template = route.path.split(separator: "/", omittingEmptySubsequences: false)
            guard template.count == segments.count else { continue }
            var parameters: [String] = []
            let fits = zip(template, segments).allSatisfy { template, segment in
                guard template.hasPrefix("{") else { return template == segment }
                parameters.append(PercentText.decode(segment))
                return !segment.isEmpty
            }
            if fits, best == nil || parameters.count < (best?.parameters.count ?? 0) { best = (route, parameters) }
        }
        return best.map { ($0.route, $0.parameters) }
    }
}

/// Percent-encoding of paths and queries.
enum PercentText {
    static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names and values of a query.
    static func query(_ text: Substring) -> [(String, String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decode(parts[0], plusIsSpace: true), parts.count > 1 ? decode(parts[1], plusIsSpace: true) : "")
        }
    }
}
