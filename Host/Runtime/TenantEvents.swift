import GantryCore
import GantryEvents
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads

/// The way of events between the modules of one tenant. It is made anew when the tenant's modules change: what was
/// delivered is written down in the databases, so a new one goes on where the old one ended.
final class TenantEvents: Sendable {
    private static let deliveryTime = Duration.seconds(60)
    private let dispatcher: Dispatcher

    /// Connects publishers and subscribers; nothing is delivered before `start`. A publisher whose database refuses
    /// keeps its events and is named in the log; the others are connected.
    init(modules: [RunningModule], resources: InstanceResources) {
        // A tenant has a share of the threads, so that one whose subscribers hang holds up itself alone.
        let tenant = modules.first?.enablement.tenant ?? ""
        dispatcher = Dispatcher(share: resources.background.share(of: tenant), timers: resources.timers)
        for publisher in modules where !publisher.definition.manifest.publishes.isEmpty {
            do { try connect(publisher, to: modules, resources) } catch {
                resources.log.write(
                    .error, "Events cannot be delivered before the module or the host is started again: \(error)",
                    scope: LogScope(tenant: publisher.enablement.tenant, module: publisher.enablement.module))
            }
        }
    }

    private func connect(
        _ publisher: RunningModule, to modules: [RunningModule], _ resources: InstanceResources
    ) throws {
        guard let database = publisher.database else { return }
        let manifest = publisher.definition.manifest
        try dispatcher.addPublisher(
            manifest.id, database: database, retentionMilliseconds: manifest.retentionMilliseconds)
        for subscriber in modules {
            let subscriptions = subscriber.definition.manifest.subscriptions
                .filter { manifest.publishes.contains($0.event) && $0.publisher ?? manifest.id == manifest.id }
            guard !subscriptions.isEmpty else { continue }
            try subscribe(subscriber, subscriptions, to: manifest.id, resources)
        }
    }

    /// All that a module hears of a publisher is one subscription, so that the order of a key holds across types.
    private func subscribe(
        _ subscriber: RunningModule, _ subscriptions: [Manifest.Subscription], to publisher: String,
        _ resources: InstanceResources
    ) throws {
        let instance = subscriber.instance
        let handlers = Dictionary(subscriptions.map { ($0.event, $0.handler) }) { first, _ in first }
        let policies = Dictionary(subscriptions.map { ($0.event, $0.retry) }) { first, _ in first }
        let (background, log) = (resources.background, resources.log)
        let report = { @Sendable (counts: DeliveryCounts) in
            background.setDeliveries(
                counts, tenant: instance.tenant, module: publisher, subscriber: instance.moduleID)
        }
        try dispatcher.subscribe(
            toTypes: policies, of: publisher, as: instance.moduleID, report: report
        ) { delivery in
            guard let handler = handlers[delivery.type] else {
                return .giveUp(reason: "There is no subscription to `\(delivery.type)`.")
            }
            let event = DeliveredEvent(
                handler: handler, attempt: delivery.attempt, id: delivery.id.description,
                source: delivery.publisher, type: delivery.type, key: delivery.key,
                timeMilliseconds: delivery.timeMilliseconds, data: delivery.data)
            let outcome = instance.deliver(
                event, deadlineNanoseconds: Deadline.after(Self.deliveryTime).monotonicNanoseconds,
                trace: delivery.trace)
            return RunningModule.attempt(
                outcome, of: "The delivery of `\(delivery.type)`", attempt: delivery.attempt, instance, log)
        }
    }

    func start() { dispatcher.start() }

    /// Starts no further delivery and waits for those under way; those that do not end are delivered again later.
    func stop(until deadline: Deadline) { dispatcher.stop(until: deadline) }
}
