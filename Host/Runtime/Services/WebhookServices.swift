import GantryCore
import GantryOutbound
import GantryStore
import GantryTelemetry
import GantryThreads
import GantryWebhooks

/// What the webhooks of all tenants share: the places of deliveries under way, and the figures that the metrics tell.
final class WebhookServices: Sendable {
    /// Threads that wait for the system's resolver when a URL is saved.
    private static let lookupThreads = 2
    private static let waitingLookups = 64

    private let client: OutboundClient
    private let policy: OutboundPolicy
    private let settings: Deployment.Webhooks
    private let urls: PublicURLCheck
    private let lookups = ThreadPool(name: "lookups", threadCount: lookupThreads, capacity: waitingLookups)
    private let lanes = WebhookLanes()
    private let metrics: Metrics
    private let log: Log
    private let pendingGauge: Gauge
    /// Deliveries that wait, by tenant and module.
    private let pending = Lock<[[String]: Int64]>([:])

    init(
        client: OutboundClient, addresses: AddressGuard, certificateFile: String?, settings: Deployment.Webhooks,
        metrics: Metrics, log: Log
    ) {
        self.client = client
        var policy = OutboundPolicy(hosts: [], addresses: addresses)
        policy.allowsAnyHost = true
        policy.certificateFile = certificateFile
        // Each webhook has few requests under way; the lanes bound all of them.
        policy.maximumConcurrentRequests = .max
        self.policy = policy
        self.settings = settings
        self.metrics = metrics
        self.log = log
        urls = PublicURLCheck(addresses: addresses, lookups: lookups)
        pendingGauge = metrics.gauge(
            "webhook_deliveries_pending", help: "Deliveries to webhooks that wait or are under way.")
        // So that there is a figure before anything has happened.
        for outcome in ["succeeded", "retried", "failed"] { _ = attempts(outcome) }
    }

    /// The webhooks of an instance as their table reaches them.
    func book(
        _ manifest: Manifest.Webhooks, tenant: String, module: String, database: Database, vault: SecretVault
    ) throws -> WebhookBook {
        let sealer = WebhookSealer(key: try vault.key, tenant: tenant, module: module)
        return try WebhookBook(database: database, manifest: manifest, sealer: sealer, urls: urls)
    }

    /// What delivers to them.
    func sender(_ book: WebhookBook, tenant: String, module: String, resources: InstanceResources) -> WebhookSender {
        let surroundings = WebhookSender.Surroundings(
            scope: client.scope(policy), share: resources.background.share(of: tenant), timers: resources.timers,
            lanes: lanes, settings: settings
        ) { [weak self] report in
            self?.take(report, tenant: tenant, module: module)
        }
        return WebhookSender(book: book, tenant: tenant, surroundings: surroundings)
    }

    /// The module is no longer enabled for the tenant: what it has left undone counts no more.
    func forget(tenant: String, module: String) { setPending(0, tenant: tenant, module: module) }

    /// Ends the threads. Blocks until they have ended.
    func stop() { lookups.stop() }

    private func attempts(_ outcome: String) -> Counter {
        metrics.counter(
            "webhook_attempts_total", help: "Requests to webhooks, by what became of their delivery.",
            labels: [("outcome", outcome)])
    }

    private func setPending(_ count: Int64, tenant: String, module: String) {
        let former = pending.withLock { pending in
            let former = pending[[tenant, module]] ?? 0
            pending[[tenant, module]] = count == 0 ? nil : count
            return former
        }
        pendingGauge.add(count - former)
    }

    private func take(_ report: WebhookSender.Report, tenant: String, module: String) {
        let scope = LogScope(tenant: tenant, module: module)
        switch report {
        case .pending(let count): setPending(count, tenant: tenant, module: module)
        case .held(let isHeld):
            log.write(
                .info,
                isHeld ? "Deliveries to webhooks are held back." : "Deliveries to webhooks go on.", scope: scope)
        case .attempt(let outcome, let note):
            attempts(outcome).increment()
            if outcome == "succeeded" { return }
            log.write(
                outcome == "failed" ? .warning : .info,
                "A delivery to a webhook \(outcome == "failed" ? "failed for good" : "is tried again later").",
                scope: scope,
                fields: [
                    LogField("webhook", note.webhook), LogField("event", note.event),
                    LogField("attempt", note.attempt), LogField("status", note.status ?? 0),
                    LogField("reason", note.reason),
                ])
        case .disabled(let webhook, let reason):
            log.write(
                .warning, "A webhook was switched off.", scope: scope,
                fields: [LogField("webhook", webhook), LogField("reason", reason)])
        case .unreadable(let webhook):
            log.write(
                .error, "A webhook's secret cannot be read; it was kept under another key. Rotate it.", scope: scope,
                fields: [LogField("webhook", webhook)])
        }
    }
}
