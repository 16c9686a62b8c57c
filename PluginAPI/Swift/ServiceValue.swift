package import CGantry

/// What a service takes and gives: `String` for `string`, `[UInt8]` for `bytes`, `Bool` for `bool`, `Int64`, `Int` for
/// `i64`, `Double` for `f64`. What has several members travels as JSON in a string.
public protocol ServiceValue: Sendable {
    /// The type as declarations call it.
    static var serviceType: String { get }
    /// The value as it crosses.
    var serviceDatum: ServiceDatum { get }
    /// The value that has crossed; nil for one of another type.
    init?(_ datum: ServiceDatum)
}

/// A value as it crosses between modules. Opaque to modules.
public struct ServiceDatum: Sendable {
    enum Content: Sendable {
        case integer(Int64)
        case real(Double)
        case text([UInt8])
        case bytes([UInt8])
    }

    let content: Content

    init(_ content: Content) { self.content = content }

    /// A copy of what is borrowed; nil for what no service has.
    package init?(_ value: gantry_value_v1) {
        switch UInt32(bitPattern: value.type) {
        case GANTRY_VALUE_INTEGER.rawValue: content = .integer(value.integer)
        case GANTRY_VALUE_REAL.rawValue: content = .real(value.real)
        case GANTRY_VALUE_TEXT.rawValue: content = .text(Array(value.bytes.buffer))
        case GANTRY_VALUE_BLOB.rawValue: content = .bytes(Array(value.bytes.buffer))
        default: return nil
        }
    }

    /// Lends the value to `body`.
    package func lend<Result>(_ body: (gantry_value_v1) throws -> Result) rethrows -> Result {
        var value = gantry_value_v1()
        switch content {
        case .integer(let integer):
            value.type = Int32(bitPattern: GANTRY_VALUE_INTEGER.rawValue)
            value.integer = integer
        case .real(let real):
            value.type = Int32(bitPattern: GANTRY_VALUE_REAL.rawValue)
            value.real = real
        case .text(let bytes), .bytes(let bytes):
            let kind = if case .text = content { GANTRY_VALUE_TEXT } else { GANTRY_VALUE_BLOB }
            value.type = Int32(bitPattern: kind.rawValue)
            return try bytes.withUnsafeBufferPointer { bytes in
                value.bytes = gantry_str_v1(borrowing: bytes)
                return try body(value)
            }
        }
        return try body(value)
    }

    /// Lends all values in one list to `body`.
    package static func lend<Result>(
        _ data: ArraySlice<ServiceDatum>, _ lent: [gantry_value_v1] = [],
        _ body: (UnsafeBufferPointer<gantry_value_v1>) throws -> Result
    ) rethrows -> Result {
        guard let first = data.first else { return try lent.withUnsafeBufferPointer(body) }
        return try first.lend { value in try lend(data.dropFirst(), lent + [value], body) }
    }
}

extension String: ServiceValue {
    /// `string`.
    public static var serviceType: String { "string" }
    /// The value as it crosses.
    public var serviceDatum: ServiceDatum { ServiceDatum(.text(Array(utf8))) }

    /// The value that has crossed.
    public init?(_ datum: ServiceDatum) {
        guard case .text(let bytes) = datum.content else { return nil }
        self.init(decoding: bytes, as: UTF8.self)
    }
}

extension [UInt8]: ServiceValue {
    /// `bytes`.
    public static var serviceType: String { "bytes" }
    /// The value as it crosses.
    public var serviceDatum: ServiceDatum { ServiceDatum(.bytes(self)) }

    /// The value that has crossed.
    public init?(_ datum: ServiceDatum) {
        guard case .bytes(let bytes) = datum.content else { return nil }
        self = bytes
    }
}

extension Bool: ServiceValue {
    /// `bool`.
    public static var serviceType: String { "bool" }
    /// The value as it crosses.
    public var serviceDatum: ServiceDatum { ServiceDatum(.integer(self ? 1 : 0)) }

    /// The value that has crossed.
    public init?(_ datum: ServiceDatum) {
        guard case .integer(let integer) = datum.content else { return nil }
        self = integer != 0
    }
}

extension Int64: ServiceValue {
    /// `i64`.
    public static var serviceType: String { "i64" }
    /// The value as it crosses.
    public var serviceDatum: ServiceDatum { ServiceDatum(.integer(self)) }

    /// The value that has crossed.
    public init?(_ datum: ServiceDatum) {
        guard case .integer(let integer) = datum.content else { return nil }
        self = integer
    }
}

extension Int: ServiceValue {
    /// `i64`.
    public static var serviceType: String { "i64" }
    /// The value as it crosses.
    public var serviceDatum: ServiceDatum { ServiceDatum(.integer(Int64(self))) }

    /// The value that has crossed.
    public init?(_ datum: ServiceDatum) {
        guard case .integer(let integer) = datum.content else { return nil }
        self = Int(integer)
    }
}

extension Double: ServiceValue {
    /// `f64`.
    public static var serviceType: String { "f64" }
    /// The value as it crosses.
    public var serviceDatum: ServiceDatum { ServiceDatum(.real(self)) }

    /// The value that has crossed.
    public init?(_ datum: ServiceDatum) {
        guard case .real(let real) = datum.content else { return nil }
        self = real
    }
}
