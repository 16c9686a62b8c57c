import GantryCore
import GantryGateway
import GantryIdentity
import GantryLoader
import GantryServer
import GantryStore
import GantryTelemetry
import GantryThreads
import Synchronization

/// One running Gantry: everything that a deployment needs, put together.
public enum Host {
    /// Serves the deployment until SIGINT or SIGTERM, then drains and stops. Call it on the main thread, before any
    /// other was started. Throws `HostError` or `ConfigurationError` when it cannot start.
    public static func run(deploymentFile: String, dataFolder: String, listen: String?) throws {
        var signals = SignalWaiter()
        var deployment = try DeploymentFile.read(deploymentFile)
        deployment.listen = listen ?? deployment.listen
        let host = try RunningHost(deployment: deployment, dataFolder: dataFolder)
        host.stop(because: signals.wait())
    }
}

/// The parts of a running host, in the order in which they were started.
private final class RunningHost {
    private let deployment: Deployment
    private let folder: DataFolder
    private let log: Log
    private let storePool = ThreadPool(name: "store", threadCount: 4)
    private let requestPool = ThreadPool(name: "request", threadCount: 32)
    private let backgroundPool = ThreadPool(name: "background", threadCount: 8)
    private let administrationPool = ThreadPool(name: "administration", threadCount: 1)
    private let timers = TimerQueue()
    private let directory: HostDirectory
    private let gateway: Gateway
    private let supervisor: Supervisor
    private let server: HTTPServer

    init(deployment: Deployment, dataFolder: String) throws {
        self.deployment = deployment
        folder = try DataFolder(path: dataFolder)
        log = Log(level: deployment.logLevel)
        directory = try HostDirectory(database: Database(path: folder.hostDatabasePath, pool: storePool))
        try Self.reconcile(deployment, with: directory)
        let metrics = Metrics()
        let keys = try KeyIndex(storage: directory)
        let tokens = try TokenSigner(secret: directory.tokenSecret())
        let catalog = ModuleCatalog(folders: deployment.bundleFolders)
        for (folder, fault) in catalog.faults {
            log.write(.error, "A bundle cannot be used: \(fault)", fields: [LogField("bundle", folder)])
        }
        let holder = SupervisorHolder()
        gateway = Gateway(
            configuration: Self.gatewayConfiguration(deployment),
            authenticator: Authenticator(keys: keys, tokens: tokens), log: log, metrics: metrics, pool: requestPool,
            health: DeploymentHealth.checks(directory: directory, dataFolder: dataFolder) { holder.supervisor })
        let resources = InstanceResources(
            folder: folder, loader: ModuleLoader(folder: folder.modulesPath), storePool: storePool,
            backgroundPool: backgroundPool, timers: timers, log: log)
        supervisor = Supervisor(
            directory: directory, catalog: catalog, resources: resources, gateway: gateway, metrics: metrics)
        holder.supervisor = supervisor
        try supervisor.startAll()
        var serverConfiguration = ServerConfiguration()
        serverConfiguration.eventLoops = deployment.eventLoops
        server = HTTPServer(configuration: serverConfiguration)
        let administration = Administration(
            folder: folder, directory: directory, keys: keys, tokens: tokens, catalog: catalog, pool: storePool,
            supervisor: supervisor)
        try listen(administration)
    }

    private static func gatewayConfiguration(_ deployment: Deployment) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.defaultTenant = deployment.defaultTenant
        configuration.defaultRateLimit = deployment.defaultRateLimit
        configuration.requestLog = deployment.requestLog
        return configuration
    }

    /// Makes what the file declares and leaves alone what was made at run time.
    private static func reconcile(_ deployment: Deployment, with directory: HostDirectory) throws {
        try directory.setSetting("bundle_folders", deployment.bundleFolders.joined(separator: "\n"))
        for tenant in deployment.tenants {
            _ = try directory.insertTenant(id: tenant.id, name: tenant.name, atMilliseconds: systemWallClock())
            try directory.setHosts(tenant.hosts, tenant: tenant.id)
            for module in tenant.modules {
                try directory.save(
                    HostDirectory.Enablement(
                        tenant: tenant.id, module: module.id, isEnabled: true, configuration: module.configuration,
                        limits: LimitsText.text(module.limits), mount: module.mount))
            }
        }
    }

    private func listen(_ administration: Administration) throws {
        do {
            let handler = AdministrationHandler(administration: administration, pool: administrationPool)
            _ = try server.listen(on: .unixSocket(path: DataFolder.socketPath(folder.path)), handler: handler)
            let listener = try server.listen(on: Self.address(deployment.listen), handler: gateway)
            log.write(
                .info, "Gantry serves.",
                fields: [LogField("address", "\(listener.address)"), LogField("data", folder.path)])
        } catch {
            supervisor.stopAll()
            throw error as? HostError ?? HostError(.listen, "\(error)")
        }
    }

    /// `HOST:PORT`, where an IPv6 host stands in brackets.
    private static func address(_ text: String) throws -> ListenAddress {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port), colon > text.startIndex
        else { throw HostError(.listen, "`\(text)` is no address to listen on; write HOST:PORT.") }
        let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
        return .internet(host: String(host), port: port)
    }

    /// Readiness fails first, requests under way are answered, then events, jobs and modules end, then the databases.
    func stop(because signal: String) {
        log.write(.info, "Draining.", fields: [LogField("signal", signal)])
        gateway.beginDrain()
        server.shutDown(drainingFor: .seconds(deployment.drainSeconds))
        supervisor.stopAll()
        directory.close()
        timers.stop()
        for pool in [requestPool, backgroundPool, administrationPool, storePool] { pool.stop() }
        log.write(.info, "Gantry has stopped.")
        log.close()
    }
}

/// Breaks the circle between the gateway, whose health routes ask the supervisor, and the supervisor, which feeds the
/// gateway. Set once at the start.
private final class SupervisorHolder: Sendable {
    private let state = Mutex<Supervisor?>(nil)

    var supervisor: Supervisor? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
