extension Deployment {
    /// How mail leaves the host.
    public struct Mail: Sendable, Equatable {
        /// Address of the mail server, `smtp://` or `smtps://`, with user and password where it wants them; nil while
        /// nobody takes mail.
        public var server: String?
        /// Sender of all mail; nil while nobody sends any.
        public var sender: String?
        /// Whether a server without STARTTLS is refused. One that gets a password always is.
        public var requiresEncryption = false
        /// What one tenant may send, over all of its modules; what is beyond it waits.
        public var rate = RateLimit(count: 600, periodSeconds: 3600)
        /// How many mails of one module and tenant may wait.
        public var maximumWaiting: Int64 = 10_000

        /// No server.
        public init() {}

        /// With what the process's environment says instead: `SMTP_URL` and `MAIL_FROM`; an empty value is none.
        public func with(environment: [String: String]) throws(UnreadableSetting) -> Mail {
            var mail = self
            if let server = environment["SMTP_URL"] {
                guard server.isEmpty || Self.isServer(server) else {
                    throw UnreadableSetting("SMTP_URL", "a mail server is written `smtp://host:port` or `smtps://host`")
                }
                mail.server = server.isEmpty ? nil : server
            }
            if let sender = environment["MAIL_FROM"] {
                guard sender.isEmpty || MailSender(sender) != nil else {
                    throw UnreadableSetting("MAIL_FROM", Self.form)
                }
                mail.sender = sender.isEmpty ? nil : sender
            }
            return mail
        }

        private static let form = "a sender is written `name@host.example` or `Name <name@host.example>`"

        private static func isServer(_ text: String) -> Bool {
            let isPrintable = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
            return isPrintable && ["smtp://", "smtps://"].contains { text.hasPrefix($0) && text.count > $0.count }
        }

        init(_ place: YAMLReader) throws {
            try place.allow(["server", "sender", "require-encryption", "rate", "waiting"])
            if let server = place.optional("server") {
                guard Self.isServer(try server.string()) else {
                    throw server.error("A mail server is written `smtp://host:port` or `smtps://host`.")
                }
                self.server = try server.string()
            }
            if let sender = place.optional("sender") {
                guard MailSender(try sender.string()) != nil else { throw sender.error("Here \(Self.form).") }
                self.sender = try sender.string()
            }
            requiresEncryption = try place.optional("require-encryption")?.boolean() ?? false
            if let rate = try place.optional("rate").map(Manifest.rate) { self.rate = rate }
            if let waiting = place.optional("waiting") { maximumWaiting = Int64(try waiting.integer(1...1_000_000)) }
        }
    }
}

/// Who sends mail: an address, and perhaps a name before it.
public struct MailSender: Sendable, Equatable {
    /// The address.
    public let address: String
    /// The name; empty for none.
    public let name: String

    /// Reads `name@host.example` or `Name <name@host.example>`; nil where the text is neither. A host without dots is
    /// let pass, as mail stays in the house then.
    public init?(_ text: String) {
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return nil }
        var address = Substring(text)
        var name = ""
        if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
            address = text[text.index(after: open)...].dropLast()
            name = String(text[..<open].drop { $0 == " " || $0 == "\"" })
            while let last = name.last, last == " " || last == "\"" { name.removeLast() }
        }
        let isLocal = EmailAddress.isPlain("\(address).local") && !address.hasSuffix(".")
        guard EmailAddress.isPlain(String(address)) || isLocal else { return nil }
        self.address = String(address)
        self.name = name
    }
}
