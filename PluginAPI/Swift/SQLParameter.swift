import CGantry

/// A value that can be bound to a placeholder of a statement.
///
/// The integers, floats, `Bool` (1 or 0), `String`, `Substring`, `[UInt8]` (a blob) and `SQLValue` are such values;
/// optionals of them and `nil` may be written where a parameter is expected. A type of one's own conforms by adding
/// itself as one of these.
public protocol SQLParameter {
    /// Adds the value; exactly one of the functions of `arguments` must be called, once.
    func bind(to arguments: inout SQLArguments)
}

/// The parameters of one statement, laid out as the interface takes them.
public struct SQLArguments {
    private enum Slot {
        case plain(gantry_value_v1)
        case bytes(gantry_value_type_v1, TextArena.Slice)
    }

    private var slots: [Slot] = []
    private var arena = TextArena()

    init(_ parameters: [(any SQLParameter)?]) {
        slots.reserveCapacity(parameters.count)
        for parameter in parameters {
            if let parameter { parameter.bind(to: &self) } else { null() }
        }
    }

    /// Adds NULL.
    public mutating func null() {
        slots.append(.plain(gantry_value_v1()))
    }

    /// Adds an integer.
    public mutating func integer(_ value: Int64) {
        var slot = gantry_value_v1()
        slot.type = Int32(GANTRY_VALUE_INTEGER.rawValue)
        slot.integer = value
        slots.append(.plain(slot))
    }

    /// Adds a float.
    public mutating func real(_ value: Double) {
        var slot = gantry_value_v1()
        slot.type = Int32(GANTRY_VALUE_REAL.rawValue)
        slot.real = value
        slots.append(.plain(slot))
    }

    /// Adds text.
    public mutating func text(_ value: String) {
        slots.append(.bytes(GANTRY_VALUE_TEXT, arena.append(value)))
    }

    /// Adds text given as UTF-8, such as a part of a request's body.
    public mutating func text(utf8 bytes: UnsafeRawBufferPointer) {
        slots.append(.bytes(GANTRY_VALUE_TEXT, arena.append(bytes)))
    }

    /// Adds a blob.
    public mutating func blob(_ bytes: UnsafeRawBufferPointer) {
        slots.append(.bytes(GANTRY_VALUE_BLOB, arena.append(bytes)))
    }

    func withValues<Result>(_ body: (UnsafeBufferPointer<gantry_value_v1>) throws -> Result) rethrows -> Result {
        try arena.withBytes { base in
            try withUnsafeTemporaryAllocation(of: gantry_value_v1.self, capacity: slots.count) { values in
                for (index, slot) in slots.enumerated() {
                    switch slot {
                    case .plain(let value):
                        values.initializeElement(at: index, to: value)
                    case .bytes(let type, let slice):
                        var value = gantry_value_v1()
                        value.type = Int32(type.rawValue)
                        value.bytes = slice.text(in: base)
                        values.initializeElement(at: index, to: value)
                    }
                }
                return try body(UnsafeBufferPointer(values))
            }
        }
    }
}

extension SQLParameter where Self: FixedWidthInteger {
    /// Adds the integer; traps when it does not fit into 64 bits with a sign, as the database has no such number.
    public func bind(to arguments: inout SQLArguments) {
        arguments.integer(Int64(self))
    }
}

extension Int: SQLParameter {}
extension Int64: SQLParameter {}
extension Int32: SQLParameter {}
extension UInt32: SQLParameter {}

extension Double: SQLParameter {
    /// Adds the float.
    public func bind(to arguments: inout SQLArguments) {
        arguments.real(self)
    }
}

extension Bool: SQLParameter {
    /// Adds 1 or 0.
    public func bind(to arguments: inout SQLArguments) {
        arguments.integer(self ? 1 : 0)
    }
}

extension String: SQLParameter {
    /// Adds the text.
    public func bind(to arguments: inout SQLArguments) {
        arguments.text(self)
    }
}

extension Substring: SQLParameter {
    /// Adds the text.
    public func bind(to arguments: inout SQLArguments) {
        arguments.text(String(self))
    }
}

extension [UInt8]: SQLParameter {
    /// Adds a blob.
    public func bind(to arguments: inout SQLArguments) {
        withUnsafeBytes { arguments.blob($0) }
    }
}
