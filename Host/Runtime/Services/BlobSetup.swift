import GantryBlobs
import GantryCore
import GantryThreads
import Glibc

/// What all instances share of the storage of blobs: where it is, and the keys of its addresses.
final class BlobSetup: Sendable {
    /// The key of the addresses that the host serves, in the environment, and among the secrets that a tenant has of
    /// its own under the platform's name.
    static let signingSecretName = "FILES_SIGNING_SECRET"
    static let minimumSecretBytes = 32

    let settings: Deployment.Blobs
    private let vault: SecretVault
    private let signingSecret: [UInt8]?
    private let mounts: [String: [String: String]]

    /// Throws `HostError` when a secret cannot be used. One that is missing is told to whoever needs it.
    init(
        deployment: Deployment, vault: SecretVault,
        environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws {
        settings = deployment.blobs
        self.vault = vault
        let said = environment(Self.signingSecretName).flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        signingSecret = try said ?? settings.signingSecretFile.map(IssuerSetup.secret)
        if let signingSecret, signingSecret.count < Self.minimumSecretBytes {
            throw HostError(
                .configuration,
                "The key of file addresses (`\(Self.signingSecretName)`) has fewer than \(Self.minimumSecretBytes) "
                    + "bytes.")
        }
        var mounts: [String: [String: String]] = [:]
        for tenant in deployment.tenants {
            for module in tenant.modules where !module.mount.isEmpty {
                mounts[tenant.id, default: [:]][module.id] = module.mount
            }
        }
        self.mounts = mounts
    }

    /// The limits of one instance's blobs.
    var limits: BlobLimits {
        var limits = BlobLimits()
        limits.maximumBlobBytes = settings.blobBytes
        limits.maximumTotalBytes = settings.totalBytes
        return limits
    }

    /// The key for a tenant's addresses: its own, or the deployment's; nil where there is neither.
    func secret(tenant: String) throws -> [UInt8]? {
        let own = try vault.value(Self.signingSecretName, tenant: tenant, module: IssuerSetup.module)
        guard let own else { return signingSecret }
        return own.utf8.count >= Self.minimumSecretBytes ? Array(own.utf8) : nil
    }

    /// The blobs of one instance.
    func store(folder: String, pool: ThreadPool) -> BlobStore {
        BlobStore(folder: folder, pool: pool, limits: limits)
    }

    /// The transfers of one instance.
    func transfers(_ store: BlobAdapter, tenant: String, manifest: Manifest) -> TransferAdapter {
        let mount = mounts[tenant]?[manifest.id] ?? ""
        func path(_ direction: Manifest.TransferRoute.Direction) -> String? {
            manifest.transferPath(direction).map { mount + $0.replacingParameter("org_id", with: tenant) }
        }
        return TransferAdapter(
            blobs: store, setup: self, tenant: tenant,
            paths: TransferAdapter.Paths(upload: path(.upload), download: path(.download)))
    }
}

extension String {
    /// A path template with a value in the place of one parameter.
    fileprivate func replacingParameter(_ name: String, with value: String) -> String {
        split(separator: "/", omittingEmptySubsequences: false)
            .map { $0 == "{\(name)}" ? value : String($0) }
            .joined(separator: "/")
    }
}
