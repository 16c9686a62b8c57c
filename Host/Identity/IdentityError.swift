/// Why the identity service refused to do something. What a caller's credential lacks is not told in detail: to
/// callers every bad credential looks the same.
public struct IdentityError: Error, Sendable, CustomStringConvertible {
    /// The kind of refusal.
    public enum Code: String, Sendable {
        /// The token or key is not one of ours, was tampered with, or is not understood.
        case invalid
        /// The credential was good once.
        case expired
        /// The storage did not keep what it should.
        case storage
        /// The caller of the host's own function asked for something impossible.
        case argument
    }

    /// The kind of refusal.
    public var code: Code
    /// One sentence for the log or the operator; never holds a credential.
    public var message: String
    /// What the storage said.
    public var cause: (any Error)?

    /// Creates the error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message with its cause.
    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
