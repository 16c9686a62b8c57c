import GantryCore
import GantryIdentity
import GantryOutbound
import GantryStore
import GantryTelemetry
import GantryThreads
import Glibc

/// Sets up the issuers of tokens that the deployment and its tenants name, with the keys that they publish and the
/// secrets that they share. Any thread.
final class IssuerSetup: Sendable {
    /// What issuers need of the running host.
    struct Surroundings: Sendable {
        var outbound: OutboundClient
        var addresses: AddressGuard
        var certificateFile: String?
        /// Reads files.
        var pool: ThreadPool
        var log: Log?
    }

    private struct Source: Hashable {
        var url: String
        var outageSeconds: Int
    }

    /// The platform's own settings and secrets stand under this name, as if it were a module.
    static let module = "platform"
    /// The secret of an issuer that signs with HS256.
    static let secretName = "SUPABASE_JWT_SECRET"
    /// Secrets that tokens are signed with.
    static let signingSecretNames = [secretName, AccountServices.secretName]
    /// Secrets that tenants may have of the platform.
    static let secretNames = signingSecretNames + Manifest.Delivery.allCases.map(\.secretName)
    static let minimumSecretBytes = TokenSigner.minimumSecretBytes
    private static let defaultOutageSeconds = 86400

    let issuers = Issuers()
    private let directory: HostDirectory
    private let vault: SecretVault
    private let surroundings: Surroundings
    private let deployment: Deployment.Authentication
    private let environmentSecret: String?
    private let impersonations: Impersonations
    private let actingSecret: String?
    private let deliverySecrets: [Manifest.Delivery: String]
    /// What providers outside sign their deliveries with.
    let deliveries = DeliverySecrets()
    private let tenants: [String: Deployment.Authentication]
    private let defaultTenant: String
    /// Tenants that name one set share what was fetched.
    private let sets = Lock<[Source: IssuerKeys]>([:])

    /// Throws `ConfigurationError` or `HostError` when what the deployment or the environment says makes no sense.
    init(
        deployment: Deployment, environment: (String) -> String? = { getenv($0).map { String(cString: $0) } },
        directory: HostDirectory, vault: SecretVault, impersonations: Impersonations = Impersonations(),
        surroundings: Surroundings
    ) throws {
        self.impersonations = impersonations
        deliverySecrets = Dictionary(
            uniqueKeysWithValues: Manifest.Delivery.allCases.compactMap { provider in
                environment(provider.secretName).flatMap { $0.isEmpty ? nil : (provider, $0) }
            })
        actingSecret = environment(AccountServices.secretName).flatMap { $0.isEmpty ? nil : $0 }
        self.directory = directory
        self.vault = vault
        self.surroundings = surroundings
        self.deployment = try Deployment.Authentication(environment: environment).over(deployment.authentication)
        environmentSecret = environment(Self.secretName).flatMap { $0.isEmpty ? nil : $0 }
        tenants = Dictionary(
            deployment.tenants.filter { !$0.authentication.isEmpty }.map { ($0.id, $0.authentication) },
            uniquingKeysWith: { $1 })
        defaultTenant = deployment.defaultTenant
        try load()
    }

    /// Begins to fetch the keys of the deployment's issuer, so that the first request need not wait. An issuer that
    /// does not answer keeps nothing from starting.
    func prepare() {
        if let url = deployment.keySetURL { (try? keys(url, deployment))?.prepare() }
    }

    /// Takes everything in anew, such as a secret that was set.
    func load() throws {
        let all = try settings(deployment, secret: environmentSecret)
        var own: [String: IssuerSettings] = [:]
        let names = Set(tenants.keys).union(try directory.tenants(withSecret: Self.secretName, module: Self.module))
        for tenant in names.sorted() {
            do { own[tenant] = try settings(ofTenant: tenant) } catch {
                // It concerns this tenant alone, and the deployment's issuer must not speak for it instead.
                own[tenant] = IssuerSettings()
                surroundings.log?.write(
                    .error, "The tenant's issuer cannot be used, and its tokens are refused: \(error)",
                    scope: LogScope(tenant: tenant))
            }
        }
        try issuers.replace(deployment: all, own: own, defaultTenant: defaultTenant)
        try loadActingSecrets()
        try loadDeliverySecrets()
    }

    /// What deliveries are signed with: a tenant's own secret, or the environment's.
    private func loadDeliverySecrets() throws {
        var own: [String: [Manifest.Delivery: String]] = [:]
        for provider in Manifest.Delivery.allCases {
            if provider == .clerk, let secret = deliverySecrets[provider], DeliverySecrets.key(secret) == nil {
                throw HostError(.configuration, "`\(provider.secretName)` is `whsec_` and base64.")
            }
            for tenant in try directory.tenants(withSecret: provider.secretName, module: Self.module) {
                own[tenant, default: [:]][provider] = try vault.value(
                    provider.secretName, tenant: tenant, module: Self.module)
            }
        }
        deliveries.replace(deployment: deliverySecrets, own: own)
    }

    /// What tokens are signed with by which administrators act as others: a tenant's own secret, or the environment's.
    private func loadActingSecrets() throws {
        var own: [String: [UInt8]] = [:]
        for tenant in try directory.tenants(withSecret: AccountServices.secretName, module: Self.module) {
            let secret = try vault.value(AccountServices.secretName, tenant: tenant, module: Self.module)
            if let secret { own[tenant] = Array(secret.utf8) }
        }
        do throws(IdentityError) {
            try impersonations.replace(deployment: actingSecret.map { Array($0.utf8) }, own: own)
        } catch {
            throw HostError(
                .configuration,
                "`\(AccountServices.secretName)` needs at least \(TokenSigner.minimumSecretBytes) bytes.")
        }
    }

    private func settings(ofTenant tenant: String) throws -> IssuerSettings {
        let said = tenants[tenant] ?? Deployment.Authentication()
        var whole = said.over(deployment)
        let secret = try vault.value(Self.secretName, tenant: tenant, module: Self.module)
        let hasOwnKeys = said.keySetURL != nil || said.sharedSecretFile != nil || secret != nil
        if hasOwnKeys {
            // Whoever makes the deployment's tokens does not speak for a tenant with an issuer of its own.
            whole.keySetURL = said.keySetURL
            whole.sharedSecretFile = said.sharedSecretFile
        }
        var settings = try settings(whole, secret: secret ?? (hasOwnKeys ? nil : environmentSecret))
        settings.isNamedByTenant = said.issuer != nil
        return settings
    }

    private func settings(_ said: Deployment.Authentication, secret: String?) throws -> IssuerSettings {
        var settings = IssuerSettings()
        settings.provider = said.provider ?? settings.provider
        settings.algorithms = said.algorithms.map(Set.init) ?? settings.algorithms
        settings.issuer = said.issuer
        settings.audience = said.audience
        settings.keys = try said.keySetURL.map { try keys($0, said) }
        settings.secret = try (secret.map { Array($0.utf8) }) ?? said.sharedSecretFile.map(Self.secret)
        if let secret = settings.secret, secret.count < TokenSigner.minimumSecretBytes {
            throw HostError(
                .configuration,
                "The secret that tokens are signed with (`\(Self.secretName)`) needs at least "
                    + "\(TokenSigner.minimumSecretBytes) bytes.")
        }
        return settings
    }

    private func keys(_ url: String, _ said: Deployment.Authentication) throws -> IssuerKeys {
        let source = Source(url: url, outageSeconds: said.outageSeconds ?? Self.defaultOutageSeconds)
        let place = try KeySetSource(
            url: url, outbound: surroundings.outbound, addresses: surroundings.addresses,
            certificateFile: surroundings.certificateFile, pool: surroundings.pool)
        var policy = IssuerKeys.Policy()
        policy.outage = Int64(source.outageSeconds) * 1000
        // What stands behind a question mark may be a key of the operator's.
        let shown = String(url.prefix { $0 != "?" })
        let fresh = IssuerKeys(
            policy: policy, clock: { Deadline.now.monotonicNanoseconds / 1_000_000 },
            fetch: { completion in place.fetch(completion) },
            report: { [log = surroundings.log] report in Self.write(report, of: shown, to: log) },
            onChange: { [issuers] in issuers.noteChange() })
        return sets.withLock { sets in
            if let known = sets[source] { return known }
            sets[source] = fresh
            return fresh
        }
    }

    private static func write(_ report: IssuerKeys.Report, of url: String, to log: Log?) {
        switch report {
        case .changed(let usable, let unusable):
            log?.write(
                usable > 0 ? .info : .warning, "The keys of an issuer are known.",
                fields: [LogField("issuer_keys", url), LogField("usable", usable), LogField("unusable", unusable)])
        case .failed(let reason):
            log?.write(
                .warning, "The keys of an issuer cannot be fetched: \(reason)", fields: [LogField("issuer_keys", url)])
        case .recovered:
            log?.write(.info, "The keys of an issuer can be fetched again.", fields: [LogField("issuer_keys", url)])
        }
    }

    /// What a file holds, without one line end behind it.
    static func secret(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unusable(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & 0o077 == 0 else {
            throw unusable(path, "others than its owner may read or write it; `chmod 600` changes that")
        }
        var bytes = [UInt8](repeating: 0, count: SecretVault.maximumValueBytes)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { throw unusable(path, "it is empty") }
        bytes.removeSubrange(count...)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }

    private static func unusable(_ path: String, _ reason: String) -> HostError {
        HostError(.configuration, "The file `\(path)` with the secret of an issuer cannot be used: \(reason).")
    }
}

extension HostDirectory {
    /// The tenants that have a secret of that name.
    func tenants(withSecret name: String, module: String) throws(StoreError) -> [String] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var tenants: [String] = []
            try transaction.execute(
                "SELECT tenant FROM secret WHERE module = $1 AND name = $2", [.text(module), .text(name)]
            ) { row in
                tenants.append(row.string(0))
                return true
            }
            return tenants
        }
    }
}
