import CGantry
import GantryKit

/// `gantry.mail`: mails in memory, which are there when their transaction is committed.
extension DatabaseTable {
    static let mail = gantry_mail_v1(send: { call, transaction, mail, error in
        TestHost.with(call, "gantry.mail send") { host, _ in
            if let status = check(host, transaction) { return status }
            guard let mail else { return .invalid }
            let sent = TestMail(mail.pointee)
            guard isObject(sent.variables) else { return .invalid }
            for address in [sent.to] + (sent.replyTo.isEmpty ? [] : [sent.replyTo]) where !isAddress(address) {
                error?.fill(code: Int(GANTRY_MAIL_ADDRESS.rawValue), "`\(address)` is no address.")
                return .invalid
            }
            if let bundle = host.bundle, !bundle.mailTemplates.contains(sent.template) {
                error?.fill(code: Int(GANTRY_MAIL_TEMPLATE.rawValue), "There is no template `\(sent.template)`.")
                return .invalid
            }
            host.state.withLock { $0.transaction?.mails.append(sent) }
            return .ok
        }
    })

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"<>,;()\"".utf8.contains($0) }
    }
}

/// A mail that a module has sent.
public struct TestMail: Sendable {
    /// Name of the template.
    public let template: String
    /// Who gets it.
    public let to: String
    /// Whom an answer goes to; empty for the operator's sender.
    public let replyTo: String
    /// On whose behalf; empty when unknown.
    public let user: String
    /// A JSON object.
    public let variables: [UInt8]

    init(_ raw: gantry_mail_order_v1) {
        template = raw.template_name.copy
        to = raw.to.copy
        replyTo = raw.reply_to.copy
        user = raw.user.copy
        variables = raw.variables.copiedBytes
    }

    /// A variable that is a text; nil when it is none.
    public func text(_ name: String) -> String? {
        guard let document = try? JSONDocument(variables) else { return nil }
        return document.withRoot { $0[name]?.string }
    }
}

extension TestHost {
    /// The mails of all transactions that were committed, in order.
    public var mails: [TestMail] { state.withLock { $0.mails } }
}
