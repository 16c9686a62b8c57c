/// Why a mail cannot be made.
public struct MailError: Error, Sendable, CustomStringConvertible {
    /// The kind of fault.
    public enum Code: Sendable {
        /// It is no address.
        case address
        /// There is no such template, or it lacks a variable.
        case template
        /// The variables are no object of texts, numbers, flags and null.
        case variables
        /// It is too large.
        case tooLarge
    }

    /// The kind of fault.
    public var code: Code
    /// One sentence for whoever wrote the module.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The sentence.
    public var description: String { message }
}
