import GantryEvents
import GantryJSON
import GantryOutbound
import GantryThreads

/// One request to a receiver. Of its answer only the head counts.
final class WebhookAttempt: OutboundReceiver {
    private struct State {
        var answer: OutboundAnswer?
        var completion: (@Sendable (WebhookSchedule.Answer?) -> Void)?
    }

    /// What is read of a body that nobody wants, so that the connection can be used again.
    private static let maximumBodyBytes = 64 << 10

    private let state: Lock<State>

    private init(_ completion: @escaping @Sendable (WebhookSchedule.Answer?) -> Void) {
        state = Lock(State(completion: completion))
    }

    /// Sends an event.
    /// - Parameters:
    ///   - secrets: what it is signed with, the newest first.
    ///   - completion: called exactly once, perhaps at once; on the client's thread it must be brief. Nil when the
    ///     request was cancelled, which says nothing of the receiver.
    static func send(
        _ event: WebhookDeliveryTable.Event, tenant: String, to url: String, secrets: [[UInt8]],
        nowMilliseconds now: Int64, timeoutMilliseconds: Int64, scope: OutboundScope,
        completion: @escaping @Sendable (WebhookSchedule.Answer?) -> Void
    ) {
        let body = body(event, tenant: tenant)
        let (id, seconds) = (event.id.description, now / 1000)
        let signatures = WebhookSecret.signatures(id: id, timestampSeconds: seconds, body: body, secrets: secrets)
        let request = OutboundRequest(
            method: "POST", url: url,
            fields: [
                .init("content-type", "application/json"), .init("user-agent", "Gantry-Webhooks/1.0"),
                .init("webhook-id", id), .init("webhook-timestamp", "\(seconds)"),
                .init("webhook-signature", signatures),
            ], body: body, timeoutMilliseconds: timeoutMilliseconds, maximumAnswerBytes: maximumBodyBytes)
        let attempt = WebhookAttempt(completion)
        do throws(OutboundError) {
            _ = try scope.begin(request, credit: .max >> 1, receiver: attempt)
        } catch {
            attempt.finished(error)
        }
    }

    /// The event as its receiver gets it, byte for byte what is signed.
    static func body(_ event: WebhookDeliveryTable.Event, tenant: String) -> [UInt8] {
        var writer = JSONWriter(capacity: event.data.count + 256)
        writer.beginObject()
        writer.key("id")
        writer.string(event.id.description)
        writer.key("type")
        writer.string(event.type)
        writer.key("tenantId")
        writer.string(tenant)
        writer.key("occurredAt")
        writer.timestamp(milliseconds: event.timeMilliseconds)
        writer.key("data")
        writer.raw(event.data)
        writer.endObject()
        return writer.bytes
    }

    func received(_ answer: OutboundAnswer) { state.withLock { $0.answer = answer } }

    func received(_: UnsafeRawBufferPointer) {}

    func finished(_ failure: OutboundError?) {
        let (answer, completion) = state.withLock { ($0.answer, $0.completion.take()) }
        if let answer {
            let reason = (200...299).contains(answer.status) ? "" : "The answer was \(answer.status)."
            completion?(.init(status: answer.status, retryAfter: answer["retry-after"], reason: reason))
        } else if failure?.code == .cancelled {
            completion?(nil)
        } else {
            completion?(.init(reason: failure?.message ?? "There was no answer."))
        }
    }
}
