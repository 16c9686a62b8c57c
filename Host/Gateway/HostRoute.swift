import GantryTelemetry

/// A route that no module owns.
struct HostRoute: Sendable {
    enum Kind: Sendable {
        case ping
        case health
        case readiness
        case deploymentHealth
        case metrics
    }

    let kind: Kind
    /// Version of the API in which it answers.
    let version: Int
    let instruments: RouteInstruments
}
