extension SQLLinter {
    private static let knownVerbs: Set<String> = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "VALUES", "CREATE", "DROP", "ALTER", "WITH", "ANALYZE",
    ]

    /// Looks at what the statement as a whole is; false when it has no place in the common subset, so that a closer
    /// look would only repeat it.
    mutating func checkVerb(_ statement: SQLStatement) -> Bool {
        guard let first = statement.pieces.first else { return false }
        let verb = statement.verb
        if verb == "REPLACE" {
            add(
                "insert-or", first, "PostgreSQL has no REPLACE.", "Write INSERT … ON CONFLICT (…) DO UPDATE SET ….")
            return false
        }
        guard Self.knownVerbs.contains(verb) else {
            // What the host refuses anyway was said before.
            if !hasFinding(at: first) {
                add("statement", first, "`\(first.source)` begins no statement that both engines have.", Self.perEngine)
            }
            return false
        }
        guard let object = statement.schemaObject else { return checkChange(statement, verb) }
        switch object.kind {
        case "TRIGGER":
            add("trigger", first, "Triggers are written differently for each engine.", Self.perEngine)
            return false
        case "TABLE" where statement[1]?.isWord("VIRTUAL") == true:
            add("virtual-table", first, "PostgreSQL has no virtual tables.", Self.perEngine)
            return false
        case "TABLE", "INDEX", "VIEW":
            return true
        default:
            add(
                "statement", first, "\(first.text) \(object.kind) is not a statement that both engines have.",
                Self.perEngine)
            return false
        }
    }

    static let perEngine = "Write one file per engine: NNNN_name.sqlite.sql and NNNN_name.postgresql.sql."

    private mutating func checkChange(_ statement: SQLStatement, _ verb: String) -> Bool {
        guard let position = statement.position(of: verb) else { return true }
        if verb == "INSERT" || verb == "UPDATE", let piece = statement[position + 1], piece.isWord("OR") {
            let what = statement[position + 2]?.text ?? ""
            add(
                "insert-or", piece, "PostgreSQL has no \(verb) OR \(what).",
                verb == "INSERT"
                    ? "Write INSERT … ON CONFLICT (…) DO \(what == "IGNORE" ? "NOTHING" : "UPDATE SET …")."
                    : "Look for the conflict first.")
        }
        if verb == "UPDATE" || verb == "DELETE", let limit = statement.position(of: "LIMIT", from: position) {
            add(
                "limited-change", statement.pieces[limit], "PostgreSQL has no \(verb) … LIMIT.",
                "Write WHERE id IN (SELECT id … LIMIT …).")
        }
        return true
    }

    /// What follows ON CONFLICT.
    mutating func checkUpsert(_ statement: SQLStatement) {
        for position in statement.pieces.indices where statement.has("ON", "CONFLICT", at: position) {
            let piece = statement.pieces[position]
            if statement[position + 2]?.isWord("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE") == true {
                add(
                    "conflict-clause", piece, "PostgreSQL's constraints have no conflict clause.",
                    "Leave it out, and say ON CONFLICT where rows are inserted.")
                continue
            }
            guard let action = statement.position(of: "DO", from: position),
                statement.has("DO", "UPDATE", "SET", at: action)
            else { continue }
            if action == position + 2 {
                add(
                    "upsert-target", piece, "PostgreSQL's DO UPDATE needs to know which conflict is meant.",
                    "Name the columns: ON CONFLICT (…) DO UPDATE.")
            }
            checkAmbiguity(statement, from: action + 3)
        }
    }

    /// In DO UPDATE, PostgreSQL sees each column twice: in the table and in `excluded`.
    private mutating func checkAmbiguity(_ statement: SQLStatement, from start: Int) {
        let end = statement.position(of: "RETURNING", from: start) ?? statement.pieces.count
        let depth = statement[start]?.depth ?? 0
        var isTarget = true
        for position in start..<end {
            let piece = statement.pieces[position]
            if piece.isWord("SELECT") { return }
            if piece.depth == depth, piece.isSign("=") || piece.isWord("WHERE") { isTarget = false }
            if piece.depth == depth, piece.isSign(",") { isTarget = true }
            let isQualified =
                statement[position - 1]?.isSign(".") == true || statement[position + 1]?.isSign(".") == true
            let isColumn = piece.kind == .quotedName || (piece.kind == .word && !SQLWords.isKeyword(piece.text))
            if !isTarget, isColumn, !isQualified, statement[position + 1]?.isSign("(") != true {
                add(
                    "upsert-column", piece, "PostgreSQL finds `\(piece.source)` ambiguous here.",
                    "Write `excluded.\(piece.source)` for the new value, `<table>.\(piece.source)` for the present one."
                )
            }
        }
    }
}
