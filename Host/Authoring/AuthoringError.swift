/// What keeps an author's command from doing its work, in words for the author.
public struct AuthoringError: Error, CustomStringConvertible, Sendable {
    /// What kind of failure it is.
    public enum Code: String, Sendable {
        case invalidName
        case invalidLanguage
        case missingKit
        case occupied
        case invalidProject
        case unreadable
        case notStarted
    }

    /// The kind.
    public let code: Code
    /// What is wrong, where, and what helps.
    public let message: String

    /// A failure of the kind, with its message.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
