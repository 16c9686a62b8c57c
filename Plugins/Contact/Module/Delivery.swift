import GantryKit
import PlatformParts

/// The delivery of a submission to the address that the operator has set, with the same body on every attempt.
///
/// Each attempt queues the next one with its time, in the transaction that notes how the attempt ended. One that was
/// cut off is begun again and not counted, so that a receiver may see it twice, under one `webhook-id`.
enum Delivery {
    /// The waits after each attempt but the last, in milliseconds.
    private static let waits: [Int64] = [
        5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000,
    ]
    private static let time = Duration.seconds(15)

    /// What an attempt came to.
    private enum Outcome {
        case delivered
        /// The receiver wants nothing more of it.
        case gone
        /// It failed, and is not to be repeated before so many milliseconds.
        case failed(String, waitMilliseconds: Int64)
    }

    /// Queues the first attempt.
    static func queue(_ submission: Submission, _ tx: borrowing Transaction) throws {
        try enqueue(submission.reference, at: nil, tx)
    }

    static func run(_ job: borrowing Job, _ settings: ContactSettings, _ context: borrowing CallContext) throws {
        guard let reference = job.payload["reference_id"]?.string, let url = settings.deliveryURL else { return }
        guard let (submission, attempts) = try context.database.read({ tx in try Submission.find(reference, tx) })
        else { return }
        // The first run of a job whose attempts are used up is an administrator's; the second one is the host's own.
        if attempts > waits.count, job.attempt > 1 { throw failure("All attempts have failed.") }
        let outcome = try attempt(submission, url, settings, context)
        let now = try context.clock.milliseconds()
        switch outcome {
        case .delivered: context.log.info("A submission was delivered.", ["reference": reference])
        case .gone:
            context.log.warning("The receiver of submissions wants no more of one.", ["reference": reference])
        case .failed(let reason, let least):
            let isLast = attempts >= waits.count
            try context.database.write { tx in
                try tx.execute(
                    "UPDATE submissions SET delivery_attempts = $2 WHERE reference_id = $1", reference, attempts + 1)
                guard !isLast else { return }
                let wait = waits[attempts] + Int64.random(in: 0...waits[attempts] / 5)
                try enqueue(reference, at: now + max(wait, least), tx)
            }
            context.log.warning(
                "A submission was not delivered.", ["reference": reference, "reason": reason])
            if isLast { throw failure(reason) }
        }
    }

    private static func failure(_ reason: String) -> HostError { HostError(.failed, message: reason) }

    private static func enqueue(_ reference: String, at time: Int64?, _ tx: borrowing Transaction) throws {
        try tx.enqueue("deliver", key: reference, notBeforeMilliseconds: time) { writer in
            writer.beginObject()
            writer.key("reference_id")
            writer.string(reference)
            writer.endObject()
        }
    }

    private static func attempt(
        _ submission: Submission, _ url: String, _ settings: ContactSettings, _ context: borrowing CallContext
    ) throws -> Outcome {
        let body = body(submission)
        let seconds = try context.clock.milliseconds() / 1000
        var headers = [
            (name: "content-type", value: "application/json"), (name: "x-reference-id", value: submission.reference),
            (name: "webhook-id", value: submission.reference), (name: "webhook-timestamp", value: "\(seconds)"),
        ]
        if let secret = settings.deliverySecret {
            headers += DeliverySignature(secret).headers(body, id: submission.reference, seconds: seconds)
        }
        let request = OutboundRequest("POST", url, headers: headers, body: body, timeout: time, responseLimit: 64 << 10)
        let answer: OutboundResponse
        do {
            answer = try context.http.send(request)
        } catch {
            return .failed(error.message, waitMilliseconds: 0)
        }
        if answer.isSuccess { return .delivered }
        if answer.status == 410 { return .gone }
        let wait = answer.header("retry-after").flatMap { Int64($0) } ?? 0
        return .failed(
            "The receiver answered \(answer.status).", waitMilliseconds: min(max(0, wait), 86_400 * 30) * 1000)
    }

    private static func body(_ submission: Submission) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 + submission.message.utf8.count)
        writer.beginObject()
        writer.key("event")
        writer.string("contact.submitted" as StaticString)
        writer.key("timestamp")
        writer.timestamp(milliseconds: submission.submittedMilliseconds)
        writer.key("data")
        submission.write(to: &writer)
        writer.endObject()
        return writer.bytes
    }
}
