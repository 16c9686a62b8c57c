import GantryBlobs
import GantryCore
import GantryOutbound
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
    /// Nil where blobs lie in the data folder.
    private let bucket: Bucket?
    private let mounts: [String: [String: String]]

    /// Throws `HostError` when a secret cannot be used. One that is missing is told to whoever needs it.
    init(
        deployment: Deployment, vault: SecretVault, client: OutboundClient,
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
        bucket = try settings.driver == .s3 ? Self.bucket(settings.bucket, deployment, client, environment) : nil
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

    private static func bucket(
        _ said: Deployment.Blobs.Bucket, _ deployment: Deployment, _ client: OutboundClient,
        _ environment: (String) -> String?
    ) throws -> Bucket {
        let inEnvironment = environment("S3_SECRET_ACCESS_KEY").flatMap { $0.isEmpty ? nil : $0 }
        let secret =
            try inEnvironment ?? said.secretFile.map { String(decoding: try IssuerSetup.secret($0), as: UTF8.self) }
        guard let secret, !said.endpoint.isEmpty, !said.name.isEmpty, !said.accessKey.isEmpty else {
            throw HostError(
                .configuration,
                "`driver: s3` needs under `blobs.s3` an `endpoint`, a `bucket`, an `access-key-id` and a "
                    + "`secret-access-key-file`, or the variables S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID and "
                    + "S3_SECRET_ACCESS_KEY.")
        }
        return Bucket(
            Bucket.Settings(
                endpoint: said.endpoint, publicEndpoint: said.publicEndpoint, region: said.region, name: said.name,
                prefix: said.prefix, accessKey: said.accessKey, secret: secret,
                timeoutMilliseconds: said.timeoutMilliseconds, retries: said.retries),
            transport: try OutboundBucketTransport(
                client, endpoint: said.endpoint, certificateFile: deployment.outboundCertificates))
    }

    /// The blobs of one instance. In a bucket it has a place of its own, which no other tenant's begins with.
    func store(folder: String, tenant: String, module: String, pool: ThreadPool) -> BlobStore {
        BlobStore(folder: folder, pool: pool, limits: limits, bucket: bucket.map { ($0, "\(tenant)/\(module)") })
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
