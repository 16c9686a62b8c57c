public import GantryKit
import PlatformParts

/// The contact module: keeps what is sent through the public form, and has jobs tell of it.
public struct ContactModule: Module {
    /// Id and version, equal to those in `module.yaml`.
    public static let manifest = Identity("contact", version: "1.0.0")

    /// Both operations, and the delivery to another system.
    public static let handlers: [Handler<Self>] = [
        .operation("submitContact") { module, request in try module.submit(request) },
        .check("submitContact") { module, request, report in module.check(request.body, report) },
        .operation("getContactStatus") { module, request in try module.status(request) },
        .job("deliver") { module, job, context in try Delivery.run(job, module.settings, context) },
    ]

    private let settings: ContactSettings

    /// Makes the instance for one tenant.
    public init(_ context: ModuleContext) throws {
        settings = ContactSettings(Settings(context.configuration))
    }

    private static let greatestKeyLength = 100
    private static let greatestExtraBytes = 10_240
    /// How often another reference is tried; of 4 billion even the second is hardly ever needed.
    private static let referenceAttempts = 8

    /// What the contract's schema cannot say: what the settings ask for, and the size of what is free.
    private func check(_ body: JSONValue, _ report: borrowing FindingReport) {
        let required = [("subject", settings.requiresSubject), ("phone", settings.requiresPhone)]
        for (name, isRequired) in required where isRequired {
            guard let value = body[name], value.kind != .null else {
                report(name, code: "required", "is required")
                continue
            }
            if Optional(value).trimmedText == "" { report(name, code: "required", "cannot be empty") }
        }
        guard let extra = body["extra_fields"], extra.kind == .object else { return }
        for (name, _) in extra.members where (name.string?.unicodeScalars.count ?? 0) > Self.greatestKeyLength {
            report(
                "extra_fields", code: "too_long", "must have keys of at most \(Self.greatestKeyLength) characters")
            return
        }
        if extra.rawBytes.count > Self.greatestExtraBytes, CompactJSON.bytes(extra).count > Self.greatestExtraBytes {
            report("extra_fields", code: "too_long", "must be at most \(Self.greatestExtraBytes) bytes as JSON")
        }
    }

    private func submit(_ request: borrowing Request) throws -> Response {
        var submission = Submission(request.body, submittedMilliseconds: try request.clock.milliseconds())
        var isStored = false
        for _ in 0..<Self.referenceAttempts where !isStored {
            submission.reference = try Self.reference(request)
            isStored = try store(submission, request)
        }
        guard isStored else { throw Self.unavailable }
        let reference = submission.reference
        return .json { writer in
            writer.beginObject()
            writer.key("success")
            writer.bool(true)
            writer.key("message")
            writer.string("Your message has reached us and somebody will answer.")
            writer.key("reference_id")
            writer.string(reference)
            writer.endObject()
        }
    }

    /// Stores a submission with what is to become of it; false where its reference is taken.
    private func store(_ submission: Submission, _ request: borrowing Request) throws -> Bool {
        let log = request.log
        do {
            return try request.database.write { tx in
                guard try submission.insert(tx) else { return false }
                try tx.publish("contact.submitted", key: submission.reference) { submission.write(to: &$0) }
                try ContactMail.send(submission, settings, log, tx)
                if settings.deliveryURL != nil { try Delivery.queue(submission, tx) }
                return true
            }
        } catch let error as HostError {
            log.error("A submission could not be stored.", ["reason": "\(error)"])
            throw Self.unavailable
        }
    }

    private static var unavailable: Failure {
        Failure(503, reason: "storage", "Messages cannot be taken at the moment.", details: ["service": "contact"])
    }

    /// `CNT-` and eight random digits.
    private static func reference(_ request: borrowing Request) throws -> String {
        var text = "CNT-"
        for byte in try request.random.bytes(4) {
            let digits = String(byte, radix: 16, uppercase: true)
            text += digits.count == 1 ? "0" + digits : digits
        }
        return text
    }

    private func status(_ request: borrowing Request) throws -> Response {
        let allowance = request.allowance
        // A write that changes nothing: whether what is sent now could be stored.
        let isAvailable: Bool
        do {
            try request.database.write { tx in
                try tx.execute("UPDATE submissions SET delivery_attempts = 0 WHERE reference_id = ''")
            }
            isAvailable = true
        } catch is HostError { isAvailable = false }
        let now = try request.clock.milliseconds()
        // A host that tells of no allowance counts none: the contract's own, untouched.
        let reset = allowance?.resetSeconds ?? (now + 999) / 1000 + 3600
        let isExtended = request.apiVersion == 2
        return .json { writer in
            writer.beginObject()
            writer.key("available")
            writer.bool(isAvailable)
            writer.key("rate_limit")
            writer.beginObject()
            writer.key("limit")
            writer.int(allowance?.limit ?? 5)
            writer.key("remaining")
            writer.int(allowance?.remaining ?? 5)
            writer.key("reset")
            writer.int(reset)
            writer.key("window")
            writer.string(allowance?.window ?? "5/hour")
            writer.endObject()
            writer.key("config")
            writer.beginObject()
            writer.key("require_subject")
            writer.bool(settings.requiresSubject)
            writer.key("require_phone")
            writer.bool(settings.requiresPhone)
            writer.key("sends_confirmation")
            writer.bool(settings.sendsConfirmation)
            writer.endObject()
            if isExtended {
                writer.key("seconds_until_reset")
                writer.int(max(0, reset - (now + 999) / 1000))
            }
            writer.endObject()
        }
    }
}
