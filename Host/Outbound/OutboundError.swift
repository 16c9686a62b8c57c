/// Why a request to another server was refused or failed.
public struct OutboundError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Int32, Sendable {
        /// URL, method, header or size make no sense, or would smuggle something in.
        case invalid = 1
        /// The host is not on the module's list, or the operator has taken it off.
        case hostNotAllowed = 2
        /// The host's address is one that modules may not reach.
        case addressNotAllowed = 3
        /// The name is unknown, or nobody answers there.
        case unreachable = 4
        /// The certificate or the encryption is not acceptable.
        case insecure = 5
        /// The time was over first.
        case timedOut = 6
        /// The caller has given up.
        case cancelled = 7
        /// The answer is larger than the caller allowed.
        case tooLarge = 8
        /// What came back is no HTTP, or ended before its end.
        case brokenAnswer = 9
        /// Too many requests of this module are under way.
        case busy = 10
        /// More redirections than the caller allowed.
        case tooManyRedirects = 11
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence for the module's author or the operator; names the host, never the rest of the URL.
    public var message: String

    /// Creates the error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
