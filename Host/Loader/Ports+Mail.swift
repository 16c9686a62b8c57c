/// Makes mails of what one instance wants to be sent. Any thread; it does not wait.
public protocol MailPort: AnyObject, Sendable {
    /// The payload of the host's job that sends the mail: a JSON object.
    func compose(_ order: MailOrder) throws(PortOutcome) -> [UInt8]
}

/// What is to be sent.
public struct MailOrder: Sendable {
    /// Name of the template.
    public var template: String
    /// Who gets it.
    public var to: String
    /// Whom an answer goes to; empty for the sender.
    public var replyTo: String
    /// On whose behalf; empty when unknown.
    public var user: String
    /// A JSON object.
    public var variables: String

    /// An order.
    public init(template: String, to: String, replyTo: String = "", user: String = "", variables: String = "{}") {
        self.template = template
        self.to = to
        self.replyTo = replyTo
        self.user = user
        self.variables = variables
    }
}

/// Codes of the error record of `gantry.mail`, as the header has them.
public enum MailFault {
    /// It is no address.
    public static let address: Int32 = 1
    /// There is no such template, or it lacks a variable.
    public static let template: Int32 = 2
    /// The finished mail is too large.
    public static let tooLarge: Int32 = 3
    /// Too many mails wait.
    public static let waiting: Int32 = 4
}
