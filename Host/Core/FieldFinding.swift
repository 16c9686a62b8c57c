/// One thing that is wrong with a request, as it is rendered in a 422.
public struct FieldFinding: Sendable, Equatable {
    /// Part of the request, in the numbers of the interface.
    public enum Location: UInt32, Sendable {
        case body = 0
        case query = 1
        case header = 2
    }

    /// Part of the request that the field belongs to.
    public var location: Location
    /// Dotted path like `meterValues.3.timestamp`, or the name of a parameter.
    public var field: String
    /// Code of the module's vocabulary.
    public var code: String
    /// One sentence for people.
    public var message: String

    /// Creates a finding.
    public init(field: String, code: String, message: String, location: Location = .body) {
        self.location = location
        self.field = field
        self.code = code
        self.message = message
    }
}
