import CGantry

/// What is to be sent to one person: a template of the manifest, filled in. Needs the capabilities `mail` and `jobs`.
public struct Mail: Sendable {
    /// Stands under `mail.templates` of the manifest.
    public var template: String
    /// One address, `name@host.example`.
    public var to: String
    /// Whom an answer goes to; nil for the operator's sender.
    public var replyTo: String?
    /// Id of the user on whose behalf it is sent; nil when unknown.
    public var user: String?

    /// A mail.
    public init(_ template: String, to: String, replyTo: String? = nil, user: String? = nil) {
        self.template = template
        self.to = to
        self.replyTo = replyTo
        self.user = user
    }
}

extension Transaction {
    /// Sends a mail exactly when the transaction is committed. The host tries it again while the mail server does not
    /// take it.
    ///
    /// Throws a failure that `isMailAddressInvalid` where an address is none, and one that `isMailRefused` where
    /// there is no such template, it lacks a variable, or too many mails wait.
    ///
    /// - Parameter variables: Writes one JSON object, whose members are texts, numbers, flags or null.
    public func send(_ mail: Mail, variables: (inout JSONWriter) throws -> Void) throws {
        var writer = JSONWriter()
        try variables(&writer)
        try send(mail, json: writer.bytes)
    }

    /// As the other form, with the members of `variables` as the variables.
    public func send(_ mail: Mail, variables: some Encodable) throws {
        try send(mail, json: JSONCoding.encode(variables))
    }

    private func send(_ mail: Mail, json: [UInt8]) throws(HostError) {
        let table = try scope.tables.pointee.mail.get()
        let scope = scope
        let handle = handle
        try HostError.checkRecord("gantry.mail send") { record in
            mail.withRaw(json) { order in
                // Tables are checked to be complete when they are found.
                table.pointee.send.unsafelyUnwrapped(scope.call, handle, order, record)
            }
        }
    }
}

extension Mail {
    /// Lends the mail to a function of the host.
    fileprivate func withRaw(_ json: [UInt8], _ body: (UnsafePointer<gantry_mail_order_v1>) -> Int32) -> Int32 {
        template.withText { template in
            to.withText { to in
                (replyTo ?? "").withText { replyTo in
                    (user ?? "").withText { user in
                        json.withUnsafeBufferPointer { json in
                            var raw = gantry_mail_order_v1(
                                template_name: template, to: to, reply_to: replyTo, user: user,
                                variables: gantry_str_v1(borrowing: json))
                            return body(&raw)
                        }
                    }
                }
            }
        }
    }
}

extension HostError {
    /// Whether a mail was refused because an address of it is none.
    public var isMailAddressInvalid: Bool { status == .invalid && code == Int(GANTRY_MAIL_ADDRESS.rawValue) }

    /// Whether a mail was refused for another reason than its address: its template, its size, or the number of those
    /// that wait.
    public var isMailRefused: Bool {
        status == .invalid && code == Int(GANTRY_MAIL_TEMPLATE.rawValue)
            || status == .limit
                && [GANTRY_MAIL_TOO_LARGE.rawValue, GANTRY_MAIL_WAITING.rawValue].contains { Int($0) == code }
    }
}
