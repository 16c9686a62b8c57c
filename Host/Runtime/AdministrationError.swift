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

    static func noDataFolder(_ path: String) -> AdministrationError {
        AdministrationError(
            code: "not_found",
            message: "There is no data folder `\(path)`. Name it with --data; `gantry serve` makes it.")
    }

    /// The message.
    public var description: String { message }
}
