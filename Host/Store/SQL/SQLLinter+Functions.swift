extension SQLLinter {
    /// Functions that both engines have and that mean the same, save for what the manual says of letters beyond ASCII.
    private static let commonFunctions: Set<String> = [
        "ABS", "AVG", "CEIL", "CEILING", "COALESCE", "COUNT", "CUME_DIST", "DENSE_RANK", "EXP", "FIRST_VALUE", "FLOOR",
        "LAG", "LAST_VALUE", "LEAD", "LENGTH", "LN", "LOWER", "LTRIM", "MAX", "MIN", "NTH_VALUE", "NTILE", "NULLIF",
        "PERCENT_RANK", "POWER", "RANK", "REPLACE", "ROW_NUMBER", "RTRIM", "SQRT", "SUBSTR", "SUM", "TRIM", "UPPER",
    ]
    private static let otherFunctions: [String: String] = [
        "IFNULL": "Write coalesce(…).", "IIF": "Write CASE WHEN … THEN … ELSE … END.",
        "TOTAL": "Write coalesce(sum(…), 0).", "GROUP_CONCAT": "Collect the values in the module.",
        "STRING_AGG": "Collect the values in the module.", "INSTR": "Search in the module.",
        "PRINTF": "Format in the module.", "FORMAT": "Format in the module.", "HEX": "Convert in the module.",
        "QUOTE": "Give values as parameters.", "TYPEOF": "Give the column one type.",
        "RANDOM": "Give random numbers as parameters.", "RANDOMBLOB": "Give random bytes as parameters.",
        "LAST_INSERT_ROWID": "Write INSERT … RETURNING.", "CHANGES": "The host tells how many rows were changed.",
        "TOTAL_CHANGES": "The host tells how many rows were changed.",
        "ROUND": "The engines round halves differently. Round in the module.",
        "GREATEST": "SQLite has none. Write CASE WHEN.", "LEAST": "SQLite has none. Write CASE WHEN.",
        "NOW": "Give the time as a parameter, from the host's clock.", "RAISE": "Only triggers have it.",
        "GEN_RANDOM_UUID": "Mint ids in the module.",
    ]
    private static let clockFunctions: Set<String> = [
        "DATE", "TIME", "DATETIME", "JULIANDAY", "UNIXEPOCH", "STRFTIME", "TIMEDIFF", "DATE_TRUNC", "EXTRACT",
        "TO_CHAR",
        "AGE",
    ]

    mutating func checkFunctions(_ statement: SQLStatement) {
        let schema = statement.schemaObject
        for position in statement.pieces.indices where isCall(statement, at: position, schema: schema) {
            let piece = statement.pieces[position]
            let name = piece.text
            if ["MIN", "MAX"].contains(name), argumentCount(statement, open: position + 1) > 1 {
                add(
                    "function", piece, "PostgreSQL's \(piece.source) takes one value, over several rows.",
                    "Write CASE WHEN a < b THEN a ELSE b END.")
            } else if !Self.commonFunctions.contains(name) {
                add(
                    "function", piece, "`\(piece.source)` is not a function that means the same to both engines.",
                    advice(for: name))
            }
        }
        for position in statement.pieces.indices where statement.pieces[position].isWord("CAST") {
            checkCast(statement, open: position + 1)
        }
    }

    private func advice(for name: String) -> String {
        if Self.clockFunctions.contains(name) {
            return "Keep times as numbers or RFC 3339, and give the present one as a parameter."
        }
        if name.hasPrefix("JSON") { return "Read the JSON in the module, or keep what is asked for in a column." }
        return Self.otherFunctions[name] ?? "Compute it in the module, or write one file per engine."
    }

    /// Whether a name with a parenthesis behind it calls a function, and names no table, column list or type.
    private func isCall(_ statement: SQLStatement, at position: Int, schema: (kind: String, name: Int)?) -> Bool {
        let piece = statement.pieces[position]
        guard piece.kind == .word, statement[position + 1]?.isSign("(") == true, position != schema?.name,
            !SQLWords.isKeyword(piece.text) || piece.isWord("REPLACE"),
            statement[position - 1]?.isWord("INTO", "REFERENCES", "AS", "EXISTS") != true
        else { return false }
        if schema?.kind == "INDEX", statement[position - 1]?.isWord("ON") == true { return false }
        // A type with a length, and the columns of a common table expression.
        if schema?.kind == "TABLE", Self.isTypeName(piece.text) { return false }
        let close = statement.closing(of: position + 1)
        return !(statement[close + 1]?.isWord("AS") == true && statement[close + 2]?.isSign("(") == true)
    }

    private static func isTypeName(_ word: String) -> Bool {
        ["VARCHAR", "CHAR", "CHARACTER", "VARYING", "NUMERIC", "DECIMAL", "FLOAT", "TIMESTAMP"].contains(word)
    }

    private func argumentCount(_ statement: SQLStatement, open: Int) -> Int {
        let depth = statement.pieces[open].depth + 1
        return 1 + statement.pieces[open..<statement.closing(of: open)].count { $0.depth == depth && $0.isSign(",") }
    }

    private mutating func checkCast(_ statement: SQLStatement, open: Int) {
        guard statement[open]?.isSign("(") == true else { return }
        let close = statement.closing(of: open)
        let depth = statement.pieces[open].depth + 1
        guard
            let word = (open..<close).last(where: {
                statement.pieces[$0].depth == depth && statement.pieces[$0].isWord("AS")
            }), word + 1 < close
        else { return }
        let type = (word + 1..<close).map { statement.pieces[$0].text }.joined(separator: " ")
        switch type {
        case "TEXT", "DOUBLE PRECISION": return
        case "BIGINT", "INTEGER", "SMALLINT", "INT":
            if [.parameter, .string].contains(statement[open + 1]?.kind), open + 2 == word { return }
            add(
                "cast", statement.pieces[word + 1], severity: .warning,
                "PostgreSQL rounds to whole numbers, SQLite cuts off.", "Write floor(…) where there may be fractions.")
        default:
            add(
                "cast", statement.pieces[word + 1], "A value cannot be cast to `\(type)` by both engines alike.",
                "Write TEXT, BIGINT or DOUBLE PRECISION.")
        }
    }
}
