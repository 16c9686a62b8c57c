import GantryCore
import GantryGateway
import GantryIdentity
import GantryLoader
import GantryServer
import GantryStore
import GantryTelemetry
import GantryThreads
import Glibc

/// One running Gantry: everything that a deployment needs, put together.
public enum Host {
    /// The version of the host.
    public static let version = "0.1.0"

    /// Serves the deployment until SIGINT or SIGTERM, then drains and stops. Call it on the main thread, before any
    /// other was started. Throws `HostError` or `ConfigurationError` when it cannot start.
    /// - Parameter replaces: takes the place of the host that runs on the folder, if one does, without a gap.
    public static func run(deploymentFile: String, dataFolder: String, listen: String?, replaces: Bool = false) throws {
        let signals = StopSignals()
        let isCancelled: @Sendable () -> Bool = { signals.received != nil }
        if Standby.wait(isCancelled: isCancelled) == .notNeeded { return }
        // Whatever is made from now on is for the owner of the process alone, the administration's socket above all.
        umask(0o077)
        FileLimit.raise()
        var deployment = try DeploymentFile.read(deploymentFile)
        deployment.listen = listen ?? deployment.listen
        do throws(UnreadableSetting) {
            deployment.limits = try deployment.limits.with(environment: ProcessEnvironment.values)
            deployment.browsers = try deployment.browsers.with(environment: ProcessEnvironment.values)
            deployment.blobs = try deployment.blobs.with(environment: ProcessEnvironment.values)
            deployment.mail = try deployment.mail.with(environment: ProcessEnvironment.values)
            deployment.telemetry = try deployment.telemetry.with(environment: ProcessEnvironment.values)
        } catch {
            throw HostError(.configuration, "\(error)")
        }
        // What is wrong with a certificate is told before anybody is asked to leave.
        let plans = try ListenerPlan.all(of: deployment)
        let sockets = try ListeningSockets()
        let predecessor =
            try !replaces
            ? nil
            : Replacement.begin(
                deploymentFile: deploymentFile, dataFolder: dataFolder,
                addresses: plans.map(\.address), sockets: sockets, isCancelled: isCancelled)
        // Somebody's command line may hold the folder for a moment.
        let folder = try DataFolder(
            path: dataFolder, waiting: predecessor == nil ? .seconds(1) : Replacement.patience, isCancelled: isCancelled
        )
        let host = try RunningHost(deployment: deployment, folder: folder, sockets: sockets)
        try host.start(plans, after: predecessor, isCancelled: isCancelled)
        try host.waitForEnd(signals)
    }
}

/// The parts of a running host, in the order in which they were started.
private final class RunningHost {
    private let deployment: Deployment
    private let folder: DataFolder
    private let log: Log
    private let telemetry: TelemetrySetup
    private let requestEvents: RequestEvents
    private let storePool = ThreadPool(name: "store", threadCount: 4)
    private let requestPool = ThreadPool(name: "request", threadCount: 32)
    private let backgroundPool = ThreadPool(name: "background", threadCount: 8)
    private let startPool = ThreadPool(name: "start", threadCount: 8)
    /// What modules submit: short pieces, and pieces that may wait.
    private let shortPool = ThreadPool(name: "short", threadCount: 2)
    private let waitingPool = ThreadPool(name: "waiting", threadCount: 8)
    private let administrationPool = ThreadPool(name: "administration", threadCount: 1)
    private let timers = TimerQueue()
    private let directory: HostDirectory
    private let services: SharedServices
    private let announcements: Announcements
    private let gateway: Gateway
    private let supervisor: Supervisor
    private let administration: Administration
    private let sockets: ListeningSockets
    private var server: HTTPServer?
    private var certificates: CertificateWatch?
    private var trust: TrustWatch?
    /// Who waits for this host's end to take its place.
    private let successor = SuccessorHolder()

    init(deployment: Deployment, folder: DataFolder, sockets: ListeningSockets) throws {
        self.deployment = deployment
        self.folder = folder
        self.sockets = sockets
        log = Log(level: deployment.logLevel)
        CrashFile.begin(in: folder, log: log)
        directory = try HostDirectory(database: Database(path: folder.hostDatabasePath, pool: storePool))
        let vault = try SecretVault(
            directory: directory, folder: folder, keyFile: deployment.secretKeyFile.map(DeploymentFile.absolute))
        // Before anything that is told of.
        directory.audit.seal(with: vault)
        try Self.reconcile(deployment, with: directory, log)
        telemetry = try TelemetrySetup(deployment, log: log)
        let metrics = telemetry.metrics
        let keys = try KeyIndex(storage: directory)
        let members = try MemberIndex(storage: directory) { [backgroundPool] in backgroundPool.submit($0) }
        let people = TenantDirectory(
            directory: directory, keys: keys, members: members, provisioned: deployment.provisioned,
            defaultTenant: deployment.defaultTenant)
        let tokens = try TokenSigner(secret: directory.tokenSecret())
        let trust = BundleTrust(deployment.trust, directory: directory)
        try trust.adopt(deployment.trust)
        let catalog = ModuleCatalog(folders: deployment.bundleFolders, trust: trust)
        catalog.tell(log, trust.settings)
        trust.tellRefusals(catalog.faults)
        let sharedCatalog = SharedCatalog(catalog, trust: trust)
        let grants = try CapabilityGrants(directory: directory)
        try grants.adopt(deployment)
        let isolations = IsolationSettings(directory: directory)
        try isolations.adopt(deployment, modules: catalog.definitions.keys)
        services = try SharedServices(
            deployment: deployment, directory: directory, vault: vault, people: people, folder: folder,
            storePool: storePool, metrics: metrics, tracer: telemetry.tracer, log: log)
        let holder = SupervisorHolder()
        let background = BackgroundWork(pool: backgroundPool, metrics: metrics)
        requestEvents = RequestEvents(background: background, metrics: metrics) { holder.supervisor?.hosted($0) }
        let live = LiveFeeds(background: background, timers: timers, log: log)
        let sisters = SisterServices(directory: directory, defaultTenant: deployment.defaultTenant)
        var configuration = Self.gatewayConfiguration(deployment, deliveries: services.issuers.deliveries)
        configuration.internals = SisterServices.secret(ProcessEnvironment.values).map { ($0, sisters) }
        gateway = Gateway(
            configuration: configuration,
            authenticator: Authenticator(
                keys: keys, tokens: tokens, moduleTokens: services.tokens, issuers: services.issuers.issuers,
                members: members, accounts: services.accounts.index, impersonations: services.accounts.impersonations),
            log: log, metrics: metrics, pool: requestPool,
            health: DeploymentHealth.checks(directory: directory, folder: folder, bus: timers) {
                holder.supervisor
            },
            tracer: telemetry.tracer, observer: requestEvents, events: (live, timers))
        let loader = ModuleLoader(
            folder: folder.modulesPath, probe: LibraryTrial.command, maximumBuilds: deployment.instances.generations)
        let fleet = WorkerFleet(loader: loader, program: WorkerProgram.path, metrics: metrics, log: log)
        let resources = try InstanceResources(
            folder: folder, directory: directory, catalog: sharedCatalog, grants: grants,
            denials: DenialLedger(metrics: metrics, log: log, audit: directory.audit, pool: backgroundPool),
            isolations: isolations,
            loader: loader, fleet: fleet, registry: InstanceRegistry(metrics: metrics), storePool: storePool,
            backgroundPool: backgroundPool,
            background: background, startPool: startPool, timers: timers, live: live,
            instanceThreads: InstanceThreads(short: shortPool, blocking: waitingPool), services: services, log: log)
        supervisor = Supervisor(resources: resources, gateway: gateway, settings: deployment.instances)
        holder.supervisor = supervisor
        announcements = supervisor.announcing(people)
        sisters.setWaking { [announcements] in announcements.wake($0) }
        administration = Administration(
            folder: folder, directory: directory, keys: keys, tokens: tokens, catalog: sharedCatalog, grants: grants,
            isolations: isolations, vault: services.vault, people: people, pool: storePool, supervisor: supervisor)
        observe(metrics)
    }

    /// Gauges whose values are asked for when somebody looks.
    private func observe(_ metrics: Metrics) {
        let pools = [
            ("request", requestPool), ("store", storePool), ("background", backgroundPool), ("start", startPool),
            ("short", shortPool), ("waiting", waitingPool),
        ]
        let waiting = pools.map { name, pool in
            (
                pool,
                metrics.gauge(
                    "thread_pool_waiting", help: "Jobs that wait for a thread.", labels: [("pool", name)])
            )
        }
        let instances = metrics.gauge("module_instances", help: "Instances of modules that run.")
        let subjects = metrics.gauge("rate_limit_subjects", help: "Callers whose use of an allowance is remembered.")
        let (registry, gateway) = (supervisor.registry, gateway)
        metrics.onExposition {
            for (pool, gauge) in waiting { gauge.set(Int64(pool.waitingCount)) }
            instances.set(Int64(registry.running.count))
            subjects.set(Int64(gateway.limitedSubjects))
            metrics.eventStreams.set(Int64(gateway.liveStreams))
        }
    }

    /// Listens, so that an address that is taken is seen at once, then starts the first instances, then is ready.
    /// Breaks off when the host is to stop before that.
    ///
    /// After a predecessor it is ready from the first request on: the sockets were never closed.
    func start(_ plans: [ListenerPlan], after predecessor: Predecessor?, isCancelled: @escaping @Sendable () -> Bool)
        throws
    {
        let begin = Deadline.now
        try supervisor.load()
        if isCancelled() { return }
        if predecessor == nil { gateway.beginStart() }
        let bound = try listen(plans)
        supervisor.warmUp(isCancelled: isCancelled)
        if isCancelled() { return }
        gateway.endStart()
        let milliseconds = (Deadline.now.monotonicNanoseconds - begin.monotonicNanoseconds) / 1_000_000
        log.write(
            .info, "Gantry serves.",
            fields: [
                LogField("address", bound[0]), LogField("data", folder.path),
                LogField("start_milliseconds", milliseconds),
            ])
        for (address, listener) in zip(bound.dropFirst(), deployment.listeners) {
            log.write(
                .info, "Gantry also listens here.",
                fields: [
                    LogField("address", address), LogField("tls", listener.tls == nil ? "no" : "yes"),
                    LogField("tenant", listener.tenant ?? ""),
                ])
        }
        try supervisor.goOn()
        try announcements.start()
        trust = TrustWatch(supervisor.resources.catalog.trust, log: log) { [supervisor] in
            try supervisor.enforceTrust()
        }
        predecessor?.tellReady()
    }

    /// Blocks until a signal or a successor ends the host, and ends it.
    func waitForEnd(_ signals: StopSignals) throws {
        let succession = try Succession(dataFolder: folder.path, descriptors: sockets.used.map(\.descriptor)) {
            [successor] channel in
            successor.channel = channel
            signals.stop(because: "a successor, process \(channel.peer?.process ?? 0)")
        }
        signals.setReload { [certificates, trust] in
            certificates?.look()
            trust?.look()
        }
        stop(because: signals.wait())
        withExtendedLifetime(succession) {}
    }

    /// Listens everywhere; gives the addresses in use, in words. The administration comes first: who sees an address
    /// answer can give commands.
    private func listen(_ plans: [ListenerPlan]) throws -> [String] {
        let server = HTTPServer(configuration: ServerConfiguration(deployment))
        self.server = server
        let handler = AdministrationHandler(administration: administration, pool: administrationPool)
        var plain = ListenerSettings()
        plain.versions = [.http1]
        _ = try server.listen(
            on: .unixSocket(path: DataFolder.socketPath(folder.path)), settings: plain, handler: handler)
        // All are bound before the first one answers.
        let bound = try plans.map { (try sockets.socket(for: $0.address), $0.settings) }
        for address in sockets.closeUnused() {
            log.write(
                .warning, "A socket that was handed over is not in the deployment; this process closes it.",
                fields: [LogField("address", "\(address)")])
        }
        certificates = CertificateWatch(plans.compactMap(\.settings.identity), log: log)
        return bound.map { socket, settings in
            "\(server.listen(on: socket, settings: settings, handler: gateway).address)"
        }
    }

    private static func gatewayConfiguration(
        _ deployment: Deployment, deliveries: DeliverySecrets
    ) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.deliveries = deliveries
        configuration.defaultTenant = deployment.defaultTenant
        configuration.rates = deployment.limits.rates
        configuration.trustedProxies = deployment.limits.trustedProxies
        configuration.tellsCost = deployment.telemetry.tellsCost
        configuration.requestLog = deployment.requestLog
        configuration.browsers = deployment.browsers
        return configuration
    }

    /// Makes what the file declares and leaves alone what was made at run time; says where the two differ.
    private static func reconcile(_ deployment: Deployment, with directory: HostDirectory, _ log: Log) throws {
        let bundleFolders = deployment.bundleFolders.map(DeploymentFile.absolute)
        try directory.setSetting("bundle_folders", bundleFolders.joined(separator: "\n"))
        let result = try PendingAct.run(HostStartAct.act(of: deployment)) { _ in
            try directory.reconcile(with: deployment, atMilliseconds: systemWallClock())
        }
        for tenant in deployment.tenants {
            for module in tenant.modules {
                let place = HostDirectory.Place(tenant: tenant.id, module: module.id)
                guard let version = module.version, try directory.pin(place) == nil else { continue }
                try directory.setPin(HostDirectory.Pin(version: version), place)
            }
        }
        for kept in result.keptByCommand {
            log.write(
                .warning,
                "A command has \(kept.isEnabled ? "changed" : "disabled") this module since the deployment file was "
                    + "applied; it stays so. `gantry module enable` or a change of its entry in the file alters that.",
                scope: LogScope(tenant: kept.tenant, module: kept.module))
        }
        for former in result.withdrawn {
            log.write(
                .warning, "The deployment file no longer declares this module: it is disabled, its data is kept.",
                scope: LogScope(tenant: former.tenant, module: former.module))
        }
    }

    /// Readiness fails first, requests under way are answered, then events, jobs and modules end, then the databases.
    /// A module that hangs does not keep the host from ending.
    func stop(because signal: String) {
        log.write(.info, "Draining.", fields: [LogField("signal", signal)])
        trust?.stop()
        certificates?.stop()
        let successor = successor.channel
        drain(hasSuccessor: successor != nil)
        requestEvents.flush(until: .after(.seconds(2)))
        announcements.stop()
        supervisor.stopAll()
        supervisor.resources.fleet.stopAll()
        let (directory, timers, services) = (directory, timers, services)
        let pools = [
            requestPool, startPool, backgroundPool, shortPool, waitingPool, administrationPool, storePool,
        ]
        let isClean: Bool? = BoundedCall.run(within: .seconds(3)) { _ in
        } _: {
            services.stop()
            directory.close()
            timers.stop()
            for pool in pools { pool.stop() }
            return true
        }
        if isClean == nil {
            log.write(.warning, "Threads are still inside a module; they end with the process.")
        }
        telemetry.close()
        log.write(.info, "Gantry has stopped.")
        log.close()
        if let successor { Standby.begin(for: successor, keeping: sockets.used.map(\.descriptor)) }
    }

    /// While the end is announced everybody is served, and nobody is asked to come back on the same connection. To a
    /// successor clients come by themselves, and who is long under way need not keep the others waiting; else whoever
    /// sends clients here has to learn first that he should not.
    private func drain(hasSuccessor: Bool) {
        let time = Duration.seconds(deployment.drainSeconds)
        if hasSuccessor {
            server?.announceEnd(for: Self.announcementTime, limit: max(time, Self.announcementTime))
        } else {
            gateway.beginDrain()
            let delay = Duration.seconds(deployment.drainDelaySeconds)
            if delay > .zero { server?.announceEnd(for: delay, limit: delay) }
        }
        gateway.beginDrain()
        server?.shutDown(drainingFor: time)
    }

    private static let announcementTime = Duration.seconds(1)
}

/// The successor, noted by the thread that hears of it for the one that ends the host.
private final class SuccessorHolder: Sendable {
    private let state = Lock<DescriptorChannel?>(nil)

    var channel: DescriptorChannel? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// Breaks the circle between the gateway, whose health routes ask the supervisor, and the supervisor, which feeds the
/// gateway. Set once at the start.
private final class SupervisorHolder: Sendable {
    private let state = Lock<Supervisor?>(nil)

    var supervisor: Supervisor? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
