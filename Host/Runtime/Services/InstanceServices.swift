import GantryBlobs
import GantryCache
import GantryLoader
import GantryOutbound

/// The services of one instance, as far as they are granted. Filled before the instance is made, and then read only.
final class InstanceServices: @unchecked Sendable {
    // Guard: `SharedServices` fills it before it hands it on.
    var outbound: OutboundAdapter?
    var blobs: BlobAdapter?
    var transfers: TransferAdapter?
    var cache: CacheAdapter?
    var secrets: SecretAdapter?
    var tokens: TokenAdapter?
    var webhooks: WebhookAdapter?
    var mail: MailAdapter?
    var directory: DirectoryAdapter?
    var exchange: ExchangeAdapter?
    var platform: PlatformAdapter?
    var metrics: MetricsAdapter?
    var spans: SpanAdapter?
    var answers: AnswerBook?

    /// As the tables reach them.
    var ports: ServicePorts {
        var ports = ServicePorts()
        ports.outbound = outbound
        ports.blobs = blobs
        ports.transfers = transfers
        ports.cache = cache
        ports.secrets = secrets
        ports.tokens = tokens
        ports.webhooks = webhooks
        ports.mail = mail
        ports.directory = directory
        ports.exchange = exchange
        ports.platform = platform
        ports.metrics = metrics
        ports.spans = spans
        ports.answers = answers
        return ports
    }

    /// Closes files that nobody uses; the next use opens them again.
    func closeIfUnused() { blobs?.store.closeIdleConnections() }

    /// Works with the files of another generation, which one process opens only once; before the instance is made.
    func shareFiles(of former: InstanceServices) {
        guard blobs != nil, let shared = former.blobs else { return }
        shared.retain()
        blobs = shared
        transfers = transfers?.working(with: shared)
    }

    /// Ends everything; after the instance has ended.
    func close() {
        outbound?.scope.close()
        blobs?.release()
        cache?.space.close()
    }
}
