public import CGantry

// What reads columns is inlinable: a list reads hundreds of them, and unspecialized generics look up their types at
// run time.

/// One row of a result, readable until the closure that received it returns.
///
/// ```swift
/// let authors = try tx.rows("SELECT author, visits, note FROM authors") { row in
///     Author(name: try row[0], visits: try row[1], note: try row[2])  // note: String?
/// }
/// ```
public struct Row: ~Copyable {
    @usableFromInline let columns: UnsafeBufferPointer<gantry_value_v1>

    init(_ columns: UnsafeBufferPointer<gantry_value_v1>) {
        self.columns = columns
    }

    /// The number of columns.
    @inlinable public var count: Int { columns.count }

    /// The column at `index`, counted from 0, as the type that is asked for.
    ///
    /// Throws `HostError` (`.invalid`) when the column is of another type, or NULL and the type not optional.
    @inlinable public subscript<Value: SQLColumn>(_ index: Int) -> Value {
        get throws { try Value(try column(index)) }
    }

    /// The column at `index` as `type`.
    @inlinable
    public func get<Value: SQLColumn>(_ index: Int, as type: Value.Type = Value.self) throws -> Value {
        try Value(try column(index))
    }

    /// Whether the column at `index` is NULL.
    @inlinable
    public func isNull(_ index: Int) throws -> Bool { try column(index).isNull }

    /// The column at `index`, for types that read it in place.
    @inlinable
    public func column(_ index: Int) throws(HostError) -> SQLColumnValue {
        guard columns.indices.contains(index) else { throw outOfRange(index) }
        return SQLColumnValue(value: columns[index], index: index)
    }

    @usableFromInline
    func outOfRange(_ index: Int) -> HostError {
        HostError(.invalid, message: "The row has \(columns.count) columns, none at \(index)")
    }
}

/// A column's value, borrowed as long as its row.
public struct SQLColumnValue {
    @usableFromInline let value: gantry_value_v1
    @usableFromInline let index: Int

    @usableFromInline
    init(value: gantry_value_v1, index: Int) {
        self.value = value
        self.index = index
    }

    /// Whether it is NULL.
    @inlinable public var isNull: Bool { value.type == Int32(GANTRY_VALUE_NULL.rawValue) }

    /// The value of an integer column, otherwise nil.
    @inlinable public var integer: Int64? {
        value.type == Int32(GANTRY_VALUE_INTEGER.rawValue) ? value.integer : nil
    }

    /// The value of a float or integer column, otherwise nil.
    @inlinable public var real: Double? {
        switch value.type {
        case Int32(GANTRY_VALUE_REAL.rawValue): value.real
        case Int32(GANTRY_VALUE_INTEGER.rawValue): Double(value.integer)
        default: nil
        }
    }

    /// The bytes of a text column, otherwise nil; borrowed.
    @inlinable public var text: UnsafeBufferPointer<UInt8>? {
        value.type == Int32(GANTRY_VALUE_TEXT.rawValue) ? value.bytes.buffer : nil
    }

    /// The bytes of a blob column, otherwise nil; borrowed.
    @inlinable public var blob: UnsafeBufferPointer<UInt8>? {
        value.type == Int32(GANTRY_VALUE_BLOB.rawValue) ? value.bytes.buffer : nil
    }

    /// `value` unless it is nil; an error that names the column and both types otherwise.
    @inlinable
    public func require<Value>(_ value: Value?) throws(HostError) -> Value {
        if let value { return value }
        throw mismatch(Value.self)
    }

    @usableFromInline
    func mismatch(_ expected: Any.Type) -> HostError {
        let found = ["NULL", "an integer", "a float", "text", "a blob"]
        let type = Int(self.value.type)
        let name = found.indices.contains(type) ? found[type] : "of unknown type"
        return HostError(.invalid, message: "Column \(index) is \(name), not \(expected)")
    }
}

/// A type that a column can be read as.
public protocol SQLColumn {
    /// Reads the value, which is borrowed; throws when it does not fit.
    init(_ column: SQLColumnValue) throws
}

extension SQLColumn where Self: FixedWidthInteger {
    /// Reads an integer that fits.
    @inlinable
    public init(_ column: SQLColumnValue) throws {
        self = try column.require(column.integer.flatMap(Self.init(exactly:)))
    }
}

extension Int: SQLColumn {}
extension Int64: SQLColumn {}
extension Int32: SQLColumn {}
extension UInt32: SQLColumn {}

extension Double: SQLColumn {
    /// Reads a float or an integer.
    @inlinable
    public init(_ column: SQLColumnValue) throws {
        self = try column.require(column.real)
    }
}

extension Bool: SQLColumn {
    /// Reads an integer; anything but 0 is true.
    @inlinable
    public init(_ column: SQLColumnValue) throws {
        self = try column.require(column.integer.map { $0 != 0 })
    }
}

extension String: SQLColumn {
    /// Reads text.
    @inlinable
    public init(_ column: SQLColumnValue) throws {
        self = try column.require(column.text.map { String(decoding: $0, as: UTF8.self) })
    }
}

extension [UInt8]: SQLColumn {
    /// Reads a blob.
    @inlinable
    public init(_ column: SQLColumnValue) throws {
        self = try column.require(column.blob.map { [UInt8]($0) })
    }
}

extension SQLValue: SQLColumn {
    /// Reads whatever the column holds.
    public init(_ column: SQLColumnValue) throws {
        switch column.value.type {
        case Int32(GANTRY_VALUE_NULL.rawValue): self = .null
        case Int32(GANTRY_VALUE_INTEGER.rawValue): self = .integer(column.value.integer)
        case Int32(GANTRY_VALUE_REAL.rawValue): self = .real(column.value.real)
        case Int32(GANTRY_VALUE_TEXT.rawValue): self = .text(column.value.bytes.string)
        default: self = .blob(try [UInt8](column))
        }
    }
}

extension Optional: SQLColumn where Wrapped: SQLColumn {
    /// Reads NULL as nil.
    @inlinable
    public init(_ column: SQLColumnValue) throws {
        self = column.isNull ? nil : try Wrapped(column)
    }
}
