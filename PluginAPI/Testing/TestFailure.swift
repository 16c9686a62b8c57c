/// What keeps a test from going on: a bundle that cannot be read, a request that no route takes, a module that does not
/// start or answer.
public struct TestFailure: Error, Sendable, CustomStringConvertible {
    /// What is wrong, and where.
    public let message: String

    /// A failure for this reason.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
