import GantryCore
import GantryEvents
import GantryLoader
import GantryStore
import GantryTelemetry
import GantryThreads

/// The way of one module's events to the modules of the same tenant that want them. It is made anew when the tenant's
/// modules change: what was delivered is written down in the publisher's database, so a new one goes on where the old
/// one ended. A subscriber is started when an event is there for it.
final class TenantEvents: Sendable {
    private static let deliveryTime = Duration.seconds(60)
    private let dispatcher: Dispatcher

    /// Connects publisher and subscribers; nothing is delivered before `start`. When the publisher's database refuses,
    /// it keeps its events, and the log says so.
    init(publisher: RunningModule, subscribers: [InstanceSlot], resources: InstanceResources) {
        // A tenant has a share of the threads, so that one whose subscribers hang holds up itself alone.
        let share = resources.background.share(of: publisher.enablement.tenant)
        dispatcher = Dispatcher(share: share, timers: resources.timers)
        do { try connect(publisher, to: subscribers, resources) } catch {
            resources.log.write(
                .error, "Events cannot be delivered before the module or the host is started again: \(error)",
                scope: LogScope(tenant: publisher.enablement.tenant, module: publisher.enablement.module))
        }
    }

    private func connect(
        _ publisher: RunningModule, to subscribers: [InstanceSlot], _ resources: InstanceResources
    ) throws {
        guard let database = publisher.database else { return }
        let manifest = publisher.definition.manifest
        try dispatcher.addPublisher(
            manifest.id, database: database, retentionMilliseconds: manifest.retentionMilliseconds)
        for subscriber in subscribers {
            let subscriptions = (subscriber.module.definition?.manifest.subscriptions ?? [])
                .filter { manifest.publishes.contains($0.event) && $0.publisher ?? manifest.id == manifest.id }
            guard !subscriptions.isEmpty else { continue }
            try subscribe(subscriber, subscriptions, to: manifest.id, resources)
        }
    }

    /// All that a module hears of a publisher is one subscription, so that the order of a key holds across types.
    private func subscribe(
        _ subscriber: InstanceSlot, _ subscriptions: [Manifest.Subscription], to publisher: String,
        _ resources: InstanceResources
    ) throws {
        let place = subscriber.place
        let handlers = Dictionary(subscriptions.map { ($0.event, $0.handler) }) { first, _ in first }
        let policies = Dictionary(subscriptions.map { ($0.event, $0.retry) }) { first, _ in first }
        let (background, log) = (resources.background, resources.log)
        let report = { @Sendable (counts: DeliveryCounts) in
            background.setDeliveries(
                counts, tenant: place.tenant, module: publisher, subscriber: place.module)
        }
        try dispatcher.subscribe(
            toTypes: policies, of: publisher, as: place.module, report: report
        ) { delivery in
            guard let handler = handlers[delivery.type] else {
                return .giveUp(reason: "There is no subscription to `\(delivery.type)`.")
            }
            let event = DeliveredEvent(
                handler: handler, attempt: delivery.attempt, id: delivery.id.description,
                source: delivery.publisher, type: delivery.type, key: delivery.key,
                timeMilliseconds: delivery.timeMilliseconds, data: delivery.data)
            let deadline = Deadline.after(Self.deliveryTime)
            let outcome = subscriber.withInstance(until: deadline) { instance in
                let outcome = instance.deliver(
                    event, deadlineNanoseconds: deadline.monotonicNanoseconds, trace: delivery.trace)
                return RunningModule.attempt(
                    outcome, of: "The delivery of `\(delivery.type)`", attempt: delivery.attempt, instance, log)
            }
            return outcome ?? .unavailable(reason: "The module `\(place.module)` could not be started.")
        }
    }

    func start() { dispatcher.start() }

    /// Starts no further delivery and waits for those under way; those that do not end are delivered again later.
    func stop(until deadline: Deadline) { dispatcher.stop(until: deadline) }
}
