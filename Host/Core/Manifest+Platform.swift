extension Manifest {
    /// Versions of the interface that the platform lays around a module's handlers: `versions: [v1, v2]`.
    static let platformVersions = ["v1", "v2"]

    /// How `Idempotency-Key` is treated on the routes that take it.
    public struct Idempotency: Sendable, Equatable {
        /// How long a key and its answer are remembered, in milliseconds.
        public var keepMilliseconds: Int64 = 86_400_000
        /// Status of a request that comes with a key that stood for another request: 422 or 409.
        public var reuseStatus = 422

        /// The defaults: 24 hours and 422.
        public init() {}

        init(_ place: YAMLReader) throws {
            try place.allow(["keep", "reuse"])
            if let keep = place.optional("keep") {
                keepMilliseconds = try Manifest.duration(keep, 60_000...366 * 86_400_000)
            }
            if let reuse = place.optional("reuse") {
                reuseStatus = try reuse.integer(400...499)
                guard [409, 422].contains(reuseStatus) else { throw reuse.error("Either 409 or 422 is needed here.") }
            }
        }
    }

    /// Whether one route takes the header `Idempotency-Key`.
    public enum KeyUse: String, Sendable, CaseIterable {
        /// A request with a key has its effect once, and its repetition gets the first one's answer.
        case optional
        /// The same, and a request without a key is refused with 400.
        case required
    }

    /// Providers whose deliveries the host knows how to verify.
    public enum Delivery: String, Sendable, CaseIterable {
        /// Signed as Svix does.
        case clerk
        /// Bears a shared secret.
        case supabase

        /// The environment's variable, and a tenant's secret of the platform's, that holds the secret.
        public var secretName: String {
            switch self {
            case .clerk: "CLERK_WEBHOOK_SECRET"
            case .supabase: "SUPABASE_WEBHOOK_SECRET"
            }
        }
    }

    static func versions(_ place: YAMLReader?) throws -> [String] {
        guard let place else { return [] }
        let versions = try place.list().map { try $0.string() }
        guard versions.isEmpty || versions == platformVersions else {
            throw place.error("The platform's versions are `[v1, v2]`; without them routes are served as declared.")
        }
        return versions
    }

    /// Whether the platform's rules on versions, envelopes, limits and the shape of errors hold for the module.
    public var isVersioned: Bool { !versions.isEmpty }

    /// What the platform's versions and keys ask of the rest of the manifest.
    func checkPlatform(_ root: YAMLReader) throws {
        for (route, place) in zip(routes, try root.required("routes").list()) {
            if route.delivery != nil {
                guard route.method == "POST", route.role == .public, route.execution == .blocking, !route.streamsBody,
                    route.keyUse == nil, !route.checks
                else {
                    throw place.error(
                        "`delivery` is for a POST with `role: public`, `execution: blocking` and a whole body, and "
                            + "without `check` and `idempotency`: it reaches the handler as it came.")
                }
            }
            guard route.keyUse != nil else { continue }
            guard route.method != "GET", route.execution == .blocking, !route.streamsBody else {
                throw place.error(
                    "`idempotency` is for routes that change something, with `execution: blocking` and a whole body.")
            }
            guard capabilities.contains(.database) else {
                throw place.error("`idempotency` needs the capability `database`: keys lie beside their effects.")
            }
        }
    }
}
