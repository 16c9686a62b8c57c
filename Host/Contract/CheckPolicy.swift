/// What a module's manifest decides about checks that its schemas leave open. Compiled into a contract.
public struct CheckPolicy: Sendable, Equatable {
    /// Which strings lose the white space around them before length, pattern and format are checked.
    public enum Trimming: Sendable, Equatable {
        /// None.
        case none
        /// All but those whose schema says `x-verbatim: true`.
        case all
        /// Those that are the value of a member or parameter of one of these names.
        case fields(Set<String>)
    }

    /// Whether `additionalProperties: false` refuses a member, as the schema says, or lets it pass unread.
    public var refusesUnknownMembers: Bool
    /// Which strings are trimmed. `enum` and `const` compare the string as it is.
    public var trimming: Trimming
    /// Whether a control character (category Cc) other than tab and line feed is refused in every string and name.
    public var refusesControlCharacters: Bool

    /// A policy; unless told otherwise the schema is taken at its word.
    public init(
        refusesUnknownMembers: Bool = true, trimming: Trimming = .none, refusesControlCharacters: Bool = false
    ) {
        self.refusesUnknownMembers = refusesUnknownMembers
        self.trimming = trimming
        self.refusesControlCharacters = refusesControlCharacters
    }
}
