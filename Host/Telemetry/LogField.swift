/// One further fact of a log line. Never put a token, key, signature or password into one.
public struct LogField: Sendable {
    /// What a field can hold.
    public enum Value: Sendable {
        case string(String)
        case int(Int64)
        case double(Double)
        case bool(Bool)
    }

    /// The member's name in the line.
    public var name: String
    /// Its value.
    public var value: Value

    /// A text.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = .string(value)
    }

    /// A whole number.
    public init(_ name: String, _ value: some BinaryInteger) {
        self.name = name
        self.value = .int(Int64(clamping: value))
    }

    /// A number.
    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = .double(value)
    }

    /// A truth value.
    public init(_ name: String, _ value: Bool) {
        self.name = name
        self.value = .bool(value)
    }
}

/// What a log line belongs to, as far as it is known.
public struct LogScope: Sendable {
    /// Id of the request.
    public var requestID: String?
    /// The tenant.
    public var tenant: String?
    /// The module.
    public var module: String?

    /// A scope of what is known.
    public init(requestID: String? = nil, tenant: String? = nil, module: String? = nil) {
        self.requestID = requestID
        self.tenant = tenant
        self.module = module
    }
}
