import GantryTelemetry

/// A route that no module owns.
struct HostRoute: Sendable {
    enum Kind: Sendable {
        case ping
        case health
        case readiness
        case deploymentHealth
        case metrics
        /// `/openapi.json`, which is the tenant's.
        case document
        /// `/docs`.
        case explorer
        /// `/redoc`.
        case reader
        /// A file of the two pages.
        case pageFile
        /// The live events of an organisation.
        case liveEvents
        /// The tenants, for sister services.
        case organisations
        /// What the auth service tells of people.
        case userSync
    }

    let kind: Kind
    /// Version of the API in which it answers.
    let version: Int
    let instruments: RouteInstruments
}

extension HostRoute.Kind {
    /// The method that it takes; GET also means HEAD.
    var method: String { self == .userSync ? "POST" : "GET" }
}
