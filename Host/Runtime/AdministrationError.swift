/// Why a command of the administration was not carried out.
public struct AdministrationError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for programs: `not_found`, `invalid`, `conflict`, `failed`.
    public var code: String
    /// One sentence: what is wrong and what to do.
    public var message: String

    /// Creates the error.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
