import GantryCore
import GantryServer
import GantryTelemetry
import GantryThreads

/// The routes of the platform contract that concern the whole deployment and come before tenants.
final class HostRoutes: Sendable {
    /// What a path leads to.
    enum Found {
        case route(HostRoute)
        case failure(Failure)
    }

    private static let plain: [(path: String, kind: HostRoute.Kind)] = [
        ("/api/ping", .ping), ("/api/health", .deploymentHealth), ("/openapi.json", .document), ("/docs", .explorer),
        ("/redoc", .reader),
    ]
    /// Files of the pages lie below.
    static let pageFiles = "/docs/assets/"
    /// Below `/api/v1`, `/api/v2` and, with the version from a header, `/api`.
    private static let versioned: [(path: String, kind: HostRoute.Kind)] = [
        ("/public/health", .health), ("/public/health/ready", .readiness), ("/public/metrics", .metrics),
        ("/internal/orgs", .organisations), ("/internal/auth/user-sync", .userSync),
    ]

    /// Paths that no module may claim.
    static let fixedPaths = Set(
        plain.map(\.path) + versioned.flatMap { ["/api/v1" + $0.path, "/api/v2" + $0.path, "/api" + $0.path] })

    /// Whether a path is one that no module may claim.
    static func isOwned(_ path: String) -> Bool { fixedPaths.contains(path) || path.hasPrefix(pageFiles) }

    private struct Entry: Sendable {
        let path: [UInt8]
        /// The route, or its two versions of which a header chooses one.
        let routes: [HostRoute]
    }

    let metricsReporter: MetricsReporter
    let clock: GatewayClock
    let reporter: HealthReporter
    let startMilliseconds: Int64
    let documents: DocumentCache
    let pages: DocumentPages
    private let entries: [Entry]
    private let lengths: Set<Int>
    private let pageFile: HostRoute
    /// By version; empty where nobody knows of events.
    private let liveEvents: [HostRoute]

    init(
        health: HealthChecks, metrics: Metrics, clock: GatewayClock, pool: ThreadPool, pagesFolder: String?,
        hasLiveEvents: Bool
    ) {
        documents = DocumentCache(pool: pool)
        pages = DocumentPages(folder: pagesFolder)
        pageFile = HostRoute(
            kind: .pageFile, version: 1,
            instruments: metrics.route(method: "GET", route: Self.pageFiles + "{file}", version: "v1"))
        liveEvents = (hasLiveEvents ? [1, 2] : []).map { version in
            let route = "/api/v\(version)/{org_id}" + LiveStep.template
            let instruments = metrics.route(method: "GET", route: route, version: "v\(version)")
            return HostRoute(kind: .liveEvents, version: version, instruments: instruments)
        }
        metricsReporter = MetricsReporter(metrics)
        self.clock = clock
        reporter = HealthReporter(health, clock: clock)
        startMilliseconds = clock.wallMilliseconds()
        var entries: [Entry] = []
        for (path, kind) in Self.plain {
            let instruments = metrics.route(method: "GET", route: path, version: "v1")
            entries.append(
                Entry(path: Array(path.utf8), routes: [HostRoute(kind: kind, version: 1, instruments: instruments)]))
        }
        for (path, kind) in Self.versioned {
            let routes = [1, 2].map { version in
                HostRoute(
                    kind: kind, version: version,
                    instruments: metrics.route(
                        method: kind.method, route: "/api/v\(version)\(path)", version: "v\(version)"))
            }
            for route in routes {
                entries.append(Entry(path: Array("/api/v\(route.version)\(path)".utf8), routes: [route]))
            }
            entries.append(Entry(path: Array("/api\(path)".utf8), routes: routes))
        }
        self.entries = entries
        lengths = Set(entries.map(\.path.count))
    }

    /// The route of a path, or why it cannot be served; nil when the path is not the host's.
    func find(_ path: UnsafeBufferPointer<UInt8>, _ context: RequestContext) -> Found? {
        guard path.count >= 5 else { return nil }
        switch path[1] {
        case UInt8(ascii: "a"):
            guard path.count >= 9, path[4] == UInt8(ascii: "/"), path[2] == UInt8(ascii: "p") else { return nil }
        case UInt8(ascii: "d"):
            if path.starts(with: Self.pageFiles.utf8) { return readable(pageFile, context) }
        case UInt8(ascii: "o"), UInt8(ascii: "r"): break
        default: return nil
        }
        if path.count > 8, path[1] == UInt8(ascii: "a"), path[5] == UInt8(ascii: "v"), path[6] == UInt8(ascii: "2"),
            path[7] == UInt8(ascii: "/")
        {
            context.version = 2
        }
        if !liveEvents.isEmpty, let (version, _) = LiveStep.find(path) {
            context.version = version
            return readable(liveEvents[version - 1], context)
        }
        guard lengths.contains(path.count), let entry = entries.first(where: { $0.path.elementsEqual(path) }) else {
            return nil
        }
        var version = 1
        if entry.routes.count > 1 {
            do throws(VersionHeader.Refusal) { version = try VersionHeader.wanted(context.headers) } catch {
                return .failure(error.failure)
            }
        }
        let route = entry.routes.count > 1 ? entry.routes[version - 1] : entry.routes[0]
        context.version = route.version
        return readable(route, context)
    }

    /// The route, for those who use its method.
    private func readable(_ route: HostRoute, _ context: RequestContext) -> Found {
        let method = context.exchange.method
        guard method == route.kind.method || (method == "HEAD" && route.kind.method == "GET") else {
            let allowed = route.kind.method == "GET" ? ["GET", "HEAD", "OPTIONS"] : ["OPTIONS", "POST"]
            return .failure(
                method == "OPTIONS" ? .options(allowed: allowed) : .methodNotAllowed(method, allowed: allowed))
        }
        return .route(route)
    }
}
