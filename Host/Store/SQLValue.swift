/// A parameter or a column. Text and blobs are borrowed: their bytes belong to whoever made the value.
public enum SQLValue {
    /// No value.
    case null
    /// A whole number.
    case integer(Int64)
    /// A floating-point number.
    case real(Double)
    /// UTF-8 text.
    case text(UnsafeRawBufferPointer)
    /// Bytes.
    case blob(UnsafeRawBufferPointer)
}

/// A parameter that owns its bytes, for statements of the host itself.
public enum SQLArgument: Sendable {
    /// No value.
    case null
    /// A whole number.
    case integer(Int64)
    /// A floating-point number.
    case real(Double)
    /// Text.
    case text(String)
    /// Bytes.
    case blob([UInt8])
}

/// The type of a column's value in one row.
public enum SQLType: Sendable {
    /// No value.
    case null
    /// A whole number.
    case integer
    /// A floating-point number.
    case real
    /// UTF-8 text.
    case text
    /// Bytes.
    case blob
}
