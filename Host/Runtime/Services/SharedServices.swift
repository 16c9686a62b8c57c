import GantryBlobs
import GantryCache
import GantryCore
import GantryIdentity
import GantryJSON
import GantryLoader
import GantryOutbound
import GantryTelemetry
import GantryThreads

/// What all instances share of the services behind the tables.
final class SharedServices: Sendable {
    let vault: SecretVault
    /// Nil when there is no key; the vault says why.
    let tokens: ModuleTokens?
    let cache = Cache()
    let webhooks: WebhookServices
    let mail: MailServices
    /// Whose tokens are accepted.
    let issuers: IssuerSetup
    /// Accounts of all tenants, and who acts as others.
    let accounts: AccountServices
    /// Keys, organizations and people of all tenants.
    let people: TenantDirectory
    /// By which a module that calls another one's service finds it.
    private let tenants = Lock<(@Sendable (_ id: String) -> HostedTenant?)?>(nil)
    /// Where blobs lie.
    private let blobs: BlobSetup
    private let metrics: Metrics
    private let tracer: Tracer
    private let log: Log
    private let folder: DataFolder
    private let storePool: ThreadPool
    private let outbound = OutboundClient()
    private let addresses: AddressGuard
    private let certificateFile: String?
    /// What the operator leaves of modules' hosts, by tenant and module.
    private let narrowedHosts: [String: [String: [HostPattern]]]

    /// Takes what the deployment says of them.
    init(
        deployment: Deployment, directory: HostDirectory, vault: SecretVault, people: TenantDirectory,
        folder: DataFolder, storePool: ThreadPool, metrics: Metrics, tracer: Tracer, log: Log
    ) throws {
        self.people = people
        self.metrics = metrics
        self.tracer = tracer
        self.log = log
        self.folder = folder
        self.storePool = storePool
        addresses = AddressGuard(allowing: deployment.outboundAddresses)
        certificateFile = deployment.outboundCertificates
        mail = MailServices(settings: deployment.mail, certificateFile: certificateFile, log: log)
        webhooks = WebhookServices(
            client: outbound, addresses: addresses, certificateFile: certificateFile, settings: deployment.webhooks,
            metrics: metrics, log: log)
        var narrowed: [String: [String: [HostPattern]]] = [:]
        for tenant in deployment.tenants {
            for module in tenant.modules { narrowed[tenant.id, default: [:]][module.id] = module.outbound }
        }
        narrowedHosts = narrowed
        self.vault = vault
        blobs = try BlobSetup(deployment: deployment, vault: vault, client: outbound)
        if let key = try? vault.key {
            tokens = try ModuleTokens(key: key, storage: directory, nowMilliseconds: systemWallClock())
        } else {
            tokens = nil
        }
        accounts = try AccountServices(
            directory: directory, defaultTenant: deployment.defaultTenant,
            environment: { ProcessEnvironment.values[$0] },
            nowMilliseconds: systemWallClock())
        issuers = try IssuerSetup(
            deployment: deployment, directory: directory, vault: vault, impersonations: accounts.impersonations,
            surroundings: IssuerSetup.Surroundings(
                outbound: outbound, addresses: addresses, certificateFile: certificateFile, pool: storePool, log: log))
        issuers.prepare()
    }

    /// Says where the tenants are found; before any instance is made.
    func setTenants(_ find: @escaping @Sendable (_ id: String) -> HostedTenant?) { tenants.withLock { $0 = find } }

    /// The services of one instance. Throws `HostError` when a secret that it needs is missing.
    func services(tenant: String, manifest: Manifest, configuration: String = "{}") throws -> InstanceServices {
        let capabilities = manifest.capabilities
        let services = InstanceServices()
        if capabilities.contains(.httpClient) {
            var policy = OutboundPolicy(
                hosts: try Self.hosts(manifest, configuration),
                narrowedHosts: narrowedHosts[tenant]?[manifest.id], addresses: addresses)
            policy.certificateFile = certificateFile
            services.outbound = OutboundAdapter(scope: outbound.scope(policy))
        }
        if capabilities.contains(.blobs) {
            let path = try folder.instancePath(tenant: tenant, module: manifest.id)
            let blobs = BlobAdapter(
                store: self.blobs.store(
                    folder: "\(path)/blobs", tenant: tenant, module: manifest.id, pool: storePool))
            services.blobs = blobs
            services.transfers = self.blobs.transfers(blobs, tenant: tenant, manifest: manifest)
        }
        if capabilities.contains(.cache) { services.cache = CacheAdapter(space: cache.space()) }
        if capabilities.contains(.secrets) {
            try requireSecrets(tenant: tenant, manifest)
            services.secrets = SecretAdapter(vault: vault, tenant: tenant, module: manifest.id)
        }
        if capabilities.contains(.identity) {
            guard let tokens else {
                _ = try vault.key
                throw HostError(.store, "Tokens cannot be issued.")
            }
            services.tokens = TokenAdapter(tokens: tokens, tenant: tenant, manifest: manifest)
        }
        services.mail = mail.adapter(manifest)
        if capabilities.contains(.directory) {
            services.directory = DirectoryAdapter(directory: people, tenant: tenant, module: manifest.id)
        }
        if capabilities.contains(.services) {
            let tenants = tenants.withLock { $0 }
            services.exchange = ExchangeAdapter(importer: manifest.id, metrics: metrics) { module in
                tenants?(tenant)?.slot(module)
            }
        }
        if capabilities.contains(.accounts) {
            services.platform = PlatformAdapter(
                accounts: accounts,
                jobs: JobBoard(
                    directory: people.directory, folder: folder, pool: storePool,
                    tenants: { [find = tenants.withLock { $0 }] id in find?(id) }), tenant: tenant)
        }
        services.metrics = MetricsAdapter(
            instruments: metrics.modules.instruments(tenant: tenant, module: manifest.id))
        if tracer.isEnabled { services.spans = SpanAdapter(tracer: tracer, tenant: tenant, module: manifest.id) }
        return services
    }

    /// Keeps when sessions and keys were used last; what cannot be kept is tried again the next time.
    func saveUses() {
        do { try tokens?.saveUses() } catch { log.write(.warning, "\(error)") }
        do { try people.keys.saveUses() } catch { log.write(.warning, "\(error)") }
    }

    /// Cancels requests that are under way and ends the client's thread. Blocks until it has ended.
    func stop() {
        saveUses()
        outbound.stop()
        webhooks.stop()
    }

    /// The hosts of a manifest, those of the configuration among them.
    private static func hosts(_ manifest: Manifest, _ configuration: String) throws -> [HostPattern] {
        try JSONDocument(configuration).withRoot { root in manifest.outbound.compactMap { $0.resolved(root) } }
    }

    private func requireSecrets(tenant: String, _ manifest: Manifest) throws {
        for secret in manifest.secrets where secret.isRequired {
            if try vault.value(secret.name, tenant: tenant, module: manifest.id) != nil { continue }
            throw HostError(
                .configuration,
                "`\(manifest.id)` for tenant `\(tenant)` needs the secret `\(secret.name)`. Set it with `gantry secret "
                    + "set \(secret.name) --tenant \(tenant) --module \(manifest.id)`, then `gantry module enable` it.")
        }
    }
}
