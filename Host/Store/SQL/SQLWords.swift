/// Words that a look at SQL has to know.
enum SQLWords {
    /// Words that name no table, column or function where an expression stands.
    static func isKeyword(_ word: String) -> Bool { keywords.contains(word) }

    static func isPlainNameByte(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "_")
    }

    private static let keywords: Set<String> = [
        "ADD", "ALL", "ALTER", "AND", "AS", "ASC", "BEGIN", "BETWEEN", "BY", "CASE", "CAST", "CHECK", "COLLATE",
        "COLUMN",
        "CONFLICT", "CONSTRAINT", "CREATE", "CROSS", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "DEFAULT",
        "DELETE", "DESC", "DISTINCT", "DO", "DROP", "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "FALSE", "FILTER",
        "FOREIGN", "FROM", "FULL", "GENERATED", "GLOB", "GROUP", "HAVING", "IF", "IN", "INDEX", "INNER", "INSERT",
        "INTERSECT", "INTO", "IS", "ISNULL", "JOIN", "KEY", "LEFT", "LIKE", "LIMIT", "MATCH", "NATURAL", "NOT",
        "NOTHING",
        "NOTNULL", "NULL", "NULLS", "OFFSET", "ON", "OR", "ORDER", "OUTER", "OVER", "PARTITION", "PRIMARY", "RECURSIVE",
        "REFERENCES", "REGEXP", "REPLACE", "RETURNING", "RIGHT", "SELECT", "SET", "TABLE", "THEN", "TO", "TRUE",
        "UNION",
        "UNIQUE", "UPDATE", "USING", "VALUES", "VIEW", "WHEN", "WHERE", "WINDOW", "WITH",
    ]

    /// Reserved words of PostgreSQL 15 that SQLite takes for names.
    static let reservedByPostgreSQL: Set<String> = [
        "ANALYSE", "ANALYZE", "ANY", "ARRAY", "ASYMMETRIC", "BOTH", "CURRENT_CATALOG", "CURRENT_ROLE", "CURRENT_USER",
        "DESC", "DO", "END", "EXCEPT", "FETCH", "FOR", "GRANT", "INITIALLY", "LATERAL", "LEADING", "LOCALTIME",
        "LOCALTIMESTAMP", "OFFSET", "ONLY", "PLACING", "SESSION_USER", "SOME", "SYMMETRIC", "TRAILING", "USER",
        "VARIADIC", "WINDOW", "AUTHORIZATION", "BINARY", "CONCURRENTLY", "FREEZE", "ILIKE", "OVERLAPS", "SIMILAR",
        "TABLESAMPLE", "VERBOSE",
    ]

    /// Columns that each table of one engine has under these names.
    static let systemColumns: Set<String> = [
        "ROWID", "OID", "_ROWID_", "TABLEOID", "XMIN", "XMAX", "CMIN", "CMAX", "CTID",
    ]
}
