/// Why the host cannot start or go on, in words for the operator.
public struct HostError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for programs and tests.
    public enum Code: String, Sendable {
        case configuration
        case dataFolder
        case locked
        case bundle
        case listen
        case store
        /// A module's code did not return in time.
        case hung
    }

    /// What went wrong.
    public var code: Code
    /// One or two sentences: what is wrong and what to do.
    public var message: String

    /// Creates the error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
