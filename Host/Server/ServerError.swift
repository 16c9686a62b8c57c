/// Why a server could not do what its operator asked for.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Equatable {
        let name: String

        /// An address could not be listened on.
        public static let bind = Code(name: "bind")
        /// A certificate or its key cannot be used.
        public static let certificate = Code(name: "certificate")
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence for the operator.
    public var message: String
    /// What the system said.
    public var cause: (any Error)?

    /// The message with its cause.
    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
