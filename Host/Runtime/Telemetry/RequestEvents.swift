import GantryCore
import GantryEvents
import GantryGateway
import GantryJSON
import GantryLoader
import GantryTelemetry
import GantryThreads

/// Tells modules of the requests of their tenant that were answered: `http.request.completed`, which the host itself
/// publishes. It is kept in memory only, since one durable write for each request would cost more than the request:
/// what waits is lost with the process, and bounded. Nothing is made unless a module of the tenant subscribes. Any
/// thread.
final class RequestEvents: RequestObserver {
    private struct Waiting {
        var request: FinishedRequest
        var id: String
        var attempt: UInt32 = 1
    }

    private struct Queue {
        var waiting: [Waiting] = []
        var isRunning = false
    }

    static let publisher = "platform"
    private static let capacity = 4096
    private static let attempts: UInt32 = 5
    private static let deliveryTime = Duration.seconds(10)

    private let background: BackgroundWork
    private let tenant: @Sendable (String) -> HostedTenant?
    private let published: Counter
    private let dropped: Counter
    private let queues = Monitor<[String: Queue]>([:])

    /// - Parameter tenant: Finds a tenant with its modules.
    init(background: BackgroundWork, metrics: Metrics, tenant: @escaping @Sendable (String) -> HostedTenant?) {
        self.background = background
        self.tenant = tenant
        published = metrics.counter("request_events_total", help: "Finished requests that modules were told of.")
        dropped = metrics.counter(
            "request_events_dropped_total", help: "Finished requests that no module was told of: too many, or refused.")
    }

    func finished(_ request: FinishedRequest) {
        let id = UniqueIdentifier(atMilliseconds: systemWallClock()).description
        let (isTaken, begins) = queues.withLock { queues -> (Bool, Bool) in
            var queue = queues[request.tenant] ?? Queue()
            guard queue.waiting.count < Self.capacity else { return (false, false) }
            queue.waiting.append(Waiting(request: request, id: id))
            let begins = !queue.isRunning
            queue.isRunning = true
            queues[request.tenant] = queue
            return (true, begins)
        }
        if !isTaken { dropped.increment() }
        guard begins else { return }
        let name = request.tenant
        if !background.share(of: name).submit({ self.deliver(for: name) }) { forget(name) }
    }

    /// Waits until nothing waits.
    func flush(until deadline: Deadline) {
        _ = queues.wait(until: deadline) { $0.isEmpty ? true : nil }
    }

    private func forget(_ name: String) {
        let count = queues.withLock { $0.removeValue(forKey: name)?.waiting.count ?? 0 }
        dropped.increment(by: UInt64(count))
        queues.broadcast()
    }

    /// Delivers in batches until nothing waits; at most one thread for a tenant.
    private func deliver(for name: String) {
        while true {
            let batch = queues.withLock { queues -> [Waiting] in
                let batch = queues[name]?.waiting ?? []
                queues[name]?.waiting = []
                if batch.isEmpty { queues[name] = nil }
                return batch
            }
            if batch.isEmpty { return queues.broadcast() }
            let subscribers = subscribers(of: name)
            var again: [Waiting] = []
            for waiting in batch {
                let isDone = subscribers.allSatisfy { Self.deliver(waiting, to: $0.slot, $0.handler) }
                if isDone {
                    published.increment()
                } else if waiting.attempt < Self.attempts {
                    var next = waiting
                    next.attempt += 1
                    again.append(next)
                } else {
                    dropped.increment()
                }
            }
            if !again.isEmpty { queues.withLock { [again] in $0[name]?.waiting.insert(contentsOf: again, at: 0) } }
        }
    }

    private func subscribers(of name: String) -> [(slot: InstanceSlot, handler: String)] {
        guard let tenant = tenant(name) else { return [] }
        return tenant.profile.modules.compactMap { module in
            let subscription = module.definition?.manifest.subscriptions.first {
                $0.event == FinishedRequest.eventType && $0.publisher ?? Self.publisher == Self.publisher
            }
            guard let subscription, let slot = tenant.slot(module.id) else { return nil }
            return (slot, subscription.handler)
        }
    }

    /// A subscriber that has heard of it before recognises the id, as with every event.
    private static func deliver(_ waiting: Waiting, to slot: InstanceSlot, _ handler: String) -> Bool {
        let request = waiting.request
        let event = DeliveredEvent(
            handler: handler, attempt: waiting.attempt, id: waiting.id, source: publisher,
            type: FinishedRequest.eventType, key: request.user ?? "", timeMilliseconds: request.timeMilliseconds,
            data: data(request))
        let deadline = Deadline.after(deliveryTime)
        let outcome = slot.withInstance(until: deadline) { instance in
            instance.deliver(event, deadlineNanoseconds: deadline.monotonicNanoseconds, trace: TraceContext())
        }
        return outcome?.status == .ok
    }

    private static func data(_ request: FinishedRequest) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("user_id")
        writer.string(request.user)
        let texts: [(StaticString, String)] = [
            ("org_id", request.tenant), ("module", request.module), ("route", request.route),
            ("method", request.method), ("version", request.version), ("request_id", request.requestID),
        ]
        for (name, text) in texts {
            writer.key(name)
            writer.string(text)
        }
        writer.key("status")
        writer.int(request.status)
        writer.key("duration_ms")
        writer.double(Double(request.durationNanoseconds / 1000) / 1000)
        writer.key("occurred_at")
        writer.timestamp(milliseconds: request.timeMilliseconds)
        writer.endObject()
        return writer.bytes
    }
}
