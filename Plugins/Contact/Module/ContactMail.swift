import GantryKit

/// The mails about a submission: a note to the administrator, and a confirmation to whoever has sent it.
///
/// Whether they can be sent changes nothing about the submission: what the host refuses is left out, with a line in
/// the log.
enum ContactMail {
    static func send(
        _ submission: Submission, _ settings: ContactSettings, _ log: Log, _ tx: borrowing Transaction
    ) throws {
        if let administrator = settings.administrator {
            try send(
                Mail("contact_admin", to: administrator, replyTo: submission.email), log, tx
            ) { writeAll(submission, to: &$0) }
        }
        if settings.sendsConfirmation {
            try send(Mail("contact_confirmation", to: submission.email), log, tx) { writer in
                writer.beginObject()
                writer.key("reference_id")
                writer.string(submission.reference)
                writer.endObject()
            }
        }
    }

    private static func send(
        _ mail: Mail, _ log: Log, _ tx: borrowing Transaction, variables: (inout JSONWriter) -> Void
    ) throws {
        do {
            try tx.send(mail, variables: variables)
        } catch let error as HostError {
            // An address may have the form that the contract asks for and yet be none that mail goes to.
            if error.isMailAddressInvalid, mail.replyTo != nil {
                return try send(Mail(mail.template, to: mail.to), log, tx, variables: variables)
            }
            guard [.denied, .invalid, .limit].contains(error.status) else { throw error }
            log.warning("A mail about a submission is not sent.", ["template": mail.template, "reason": error.message])
            return
        }
        try tx.publish("email.requested") { writer in
            writer.beginObject()
            writer.key("template")
            writer.string(mail.template)
            writer.key("to")
            writer.string(mail.to)
            writer.key("variables")
            variables(&writer)
            writer.key("user_id")
            writer.null()
            writer.endObject()
        }
    }

    private static func writeAll(_ submission: Submission, to writer: inout JSONWriter) {
        writer.beginObject()
        let texts: [(StaticString, String?)] = [
            ("reference_id", submission.reference), ("name", submission.name), ("email", submission.email),
            ("phone", submission.phone ?? "-"), ("company", submission.company ?? "-"),
            ("subject", submission.subject.flatMap { $0.isEmpty ? nil : $0 } ?? "Message from \(submission.name)"),
            ("message", submission.message), ("source", submission.source ?? "-"),
            (
                "extra_fields",
                submission.extraFields.count > 2 ? String(decoding: submission.extraFields, as: UTF8.self) : "-"
            ),
            ("submitted_at", RFC3339.string(milliseconds: submission.submittedMilliseconds)),
        ]
        for (name, value) in texts {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
    }
}
