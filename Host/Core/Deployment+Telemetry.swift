extension Deployment {
    /// What is measured and told of requests.
    public struct Telemetry: Sendable {
        /// How many tenants get a label of their own in the metrics.
        public var namedTenants = 0
        /// Whether callers are told in `Server-Timing` what their request cost.
        public var tellsCost = false
        /// Whether requests are traced.
        public var isTracing = false
        /// Part of the requests that begin a trace here and are recorded, 0 to 1. Who comes with a trace has decided.
        public var sampledShare = 1.0
        /// Where spans go.
        public var exporter = Exporter.otlp
        /// Base address of an OTLP collector.
        public var otlpEndpoint = "http://localhost:4318"
        /// Full address of a Zipkin collector.
        public var zipkinEndpoint = "http://localhost:9411/api/v2/spans"

        /// Where spans go.
        public enum Exporter: String, Sendable, CaseIterable {
            /// OTLP over HTTP.
            case otlp
            case zipkin
            /// Lines in the log.
            case console
        }

        /// The defaults.
        public init() {}

        /// With what the process's environment says instead.
        public func with(environment: [String: String]) throws(UnreadableSetting) -> Telemetry {
            var telemetry = self
            if let text = environment["METRICS_TENANT_LIMIT"] {
                guard let limit = Int(text), Self.namedTenantLimits.contains(limit) else {
                    throw UnreadableSetting("METRICS_TENANT_LIMIT", "a number from 0 to 1000 is needed")
                }
                telemetry.namedTenants = limit
            }
            if let text = environment["OTEL_ENABLED"] {
                guard let isTracing = Bool(text) else {
                    throw UnreadableSetting("OTEL_ENABLED", "`true` or `false` is needed")
                }
                telemetry.isTracing = isTracing
            }
            if let text = environment["OTEL_EXPORTER"] {
                guard let exporter = Exporter(rawValue: text) else {
                    throw UnreadableSetting("OTEL_EXPORTER", "`otlp`, `zipkin` or `console` is needed")
                }
                telemetry.exporter = exporter
            }
            telemetry.otlpEndpoint = try Self.address(environment, "OTEL_EXPORTER_OTLP_ENDPOINT") ?? otlpEndpoint
            telemetry.zipkinEndpoint = try Self.address(environment, "OTEL_EXPORTER_ZIPKIN_ENDPOINT") ?? zipkinEndpoint
            return telemetry
        }

        /// The address that spans are posted to; empty where they go to the log.
        public var collector: String {
            switch exporter {
            case .otlp: (otlpEndpoint.hasSuffix("/") ? String(otlpEndpoint.dropLast()) : otlpEndpoint) + "/v1/traces"
            case .zipkin: zipkinEndpoint
            case .console: ""
            }
        }

        static let namedTenantLimits = 0...1000

        private static func address(
            _ environment: [String: String], _ name: String
        ) throws(UnreadableSetting) -> String? {
            guard let text = environment[name] else { return nil }
            guard isAddress(text) else { throw UnreadableSetting(name, "an http:// or https:// address is needed") }
            return text
        }

        static func isAddress(_ text: String) -> Bool { text.hasPrefix("http://") || text.hasPrefix("https://") }
    }
}

extension Deployment.Telemetry {
    /// Reads `telemetry`.
    init(_ place: YAMLReader) throws {
        try place.allow(["named-tenants", "server-timing", "tracing"])
        namedTenants = try place.optional("named-tenants")?.integer(Self.namedTenantLimits) ?? namedTenants
        tellsCost = try place.optional("server-timing")?.boolean() ?? tellsCost
        guard let tracing = place.optional("tracing") else { return }
        try tracing.allow(["enabled", "share", "exporter", "otlp", "zipkin"])
        isTracing = try tracing.optional("enabled")?.boolean() ?? isTracing
        if let share = tracing.optional("share") {
            guard let value = Double(try share.string()), (0...1).contains(value) else {
                throw share.error("A number from 0 to 1 is needed here.")
            }
            sampledShare = value
        }
        exporter = try tracing.optional("exporter")?.choice(Exporter.self) ?? exporter
        otlpEndpoint = try tracing.optional("otlp").map(Self.address) ?? otlpEndpoint
        zipkinEndpoint = try tracing.optional("zipkin").map(Self.address) ?? zipkinEndpoint
    }

    private static func address(_ place: YAMLReader) throws -> String {
        let text = try place.string()
        guard isAddress(text) else { throw place.error("An http:// or https:// address is needed here.") }
        return text
    }
}
