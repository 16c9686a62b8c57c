extension JSONWriter {
    /// Writes a text column without making a string of it; throws when it is not text.
    public mutating func text(_ row: borrowing Row, _ index: Int) throws {
        let column = try row.column(index)
        string(utf8: try column.require(column.text))
    }

    /// Writes a text column, or `null` where the column is NULL.
    public mutating func optionalText(_ row: borrowing Row, _ index: Int) throws {
        if try row.isNull(index) { null() } else { try text(row, index) }
    }

    /// Writes a flag, or `null` where the column is NULL.
    public mutating func flag(_ row: borrowing Row, _ index: Int) throws {
        if let value = try row.get(index, as: Bool?.self) { bool(value) } else { null() }
    }

    /// Writes an instant kept in milliseconds since 1970, or `null` where the column is NULL.
    public mutating func timestamp(_ row: borrowing Row, _ index: Int) throws {
        if let value = try row.get(index, as: Int64?.self) { timestamp(milliseconds: value) } else { null() }
    }
}
