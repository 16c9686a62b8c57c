/// One thing that is wrong with a request, as it is rendered in a 422.
public struct FieldFinding: Sendable, Equatable {
    /// Dotted path like `meterValues.3.timestamp`, or the name of a parameter.
    public var field: String
    /// Code of the module's vocabulary.
    public var code: String
    /// One sentence for people.
    public var message: String

    /// Creates a finding.
    public init(field: String, code: String, message: String) {
        self.field = field
        self.code = code
        self.message = message
    }
}
