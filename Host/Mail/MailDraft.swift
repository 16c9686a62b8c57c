public import GantryCore
import GantryJSON

/// A mail as it waits to be sent: filled in, so that every attempt sends the same.
public struct MailDraft: Sendable, Equatable {
    /// The largest payload.
    public static let maximumBytes = 256 << 10

    /// Name of the template that it was made from.
    public var template: String
    /// Who gets it.
    public var recipient: String
    /// Whom an answer goes to; empty for the sender.
    public var replyTo: String
    /// On whose behalf; empty when unknown.
    public var user: String
    /// One line.
    public var subject: String
    /// The mail as plain text.
    public var text: String
    /// The mail as HTML; nil for plain text alone.
    public var html: String?
    /// When it was made, in milliseconds since 1970.
    public var timeMilliseconds: Int64

    /// Fills a template in.
    ///
    /// - Parameters:
    ///   - variables: A JSON object.
    ///   - time: The present time in milliseconds since 1970.
    public init(
        template name: String, of mail: Manifest.Mail, to recipient: String, replyTo: String, user: String,
        variables: String, atMilliseconds time: Int64
    ) throws(MailError) {
        guard let template = mail.templates[name] else {
            throw MailError(.template, "There is no template `\(name)` under `mail.templates`.")
        }
        for address in [recipient] + (replyTo.isEmpty ? [] : [replyTo]) where !EmailAddress.isPlain(address) {
            throw MailError(.address, "A mail needs one plain address, as `name@host.example`.")
        }
        let values = try TemplateText.variables(variables)
        self.template = name
        self.recipient = recipient
        self.replyTo = replyTo
        self.user = user
        subject = try TemplateText.fill(template.subject, values, .head)
        text = try TemplateText.fill(template.text, values, .text)
        if let html = template.html { self.html = try TemplateText.fill(html, values, .html) }
        timeMilliseconds = time
    }

    /// The payload of the job that sends it.
    public func payload() throws(MailError) -> [UInt8] {
        var writer = JSONWriter(capacity: text.utf8.count + 1024)
        writer.beginObject()
        let texts: [(StaticString, String?)] = [
            ("template", template), ("to", recipient), ("reply_to", replyTo), ("user_id", user), ("subject", subject),
            ("text", text), ("html", html),
        ]
        for (name, value) in texts {
            writer.key(name)
            writer.string(value)
        }
        writer.key("time")
        writer.int(timeMilliseconds)
        writer.endObject()
        guard writer.bytes.count <= Self.maximumBytes else {
            throw MailError(.tooLarge, "The finished mail is larger than \(Self.maximumBytes >> 10) KiB.")
        }
        return writer.bytes
    }

    /// What a payload says; nil where it is none.
    public init?(payload: [UInt8]) {
        guard let document = try? JSONDocument(payload) else { return nil }
        let draft: MailDraft? = document.withRoot { MailDraft($0) }
        guard let draft else { return nil }
        self = draft
    }

    private init?(_ root: JSONValue) {
        guard let template = root["template"]?.string, let recipient = root["to"]?.string,
            let subject = root["subject"]?.string, let text = root["text"]?.string, let time = root["time"]?.int64
        else { return nil }
        self.template = template
        self.recipient = recipient
        self.subject = subject
        self.text = text
        replyTo = root["reply_to"]?.string ?? ""
        user = root["user_id"]?.string ?? ""
        html = root["html"]?.string
        timeMilliseconds = time
    }
}
