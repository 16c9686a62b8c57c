extension SQLLinter {
    /// Signs, names and words that mean something else to the other engine wherever they stand.
    mutating func checkTokens(_ statement: SQLStatement) {
        for (position, piece) in statement.pieces.enumerated() {
            switch piece.kind {
            case .quotedName: checkQuotedName(piece)
            case .sign: checkSign(piece)
            case .parameter where !piece.text.hasPrefix("$") || Int(piece.text.dropFirst()) == nil:
                add("placeholder", piece, "`\(piece.text)` is not a placeholder of both engines.", "Write $1, $2, ….")
            case .blob:
                add(
                    "blob-literal", piece, "PostgreSQL reads `\(piece.text)` as bits.",
                    "Give bytes as a parameter, or write one file per engine.")
            case .number where piece.text.lowercased().hasPrefix("0x"):
                add(
                    "hexadecimal", piece, "PostgreSQL does not read hexadecimal numbers.",
                    "Write the number in decimal.")
            case .word: checkWord(piece, at: position, in: statement)
            default: break
            }
        }
    }

    private mutating func checkQuotedName(_ piece: SQLStatement.Piece) {
        if piece.source.hasPrefix("`") || piece.source.hasPrefix("[") {
            add(
                "quotes", piece,
                "PostgreSQL does not know names in \(piece.source.hasPrefix("[") ? "brackets" : "backticks").",
                "Write \"\(piece.text.lowercased())\", or better a name that needs no quotes.")
        } else if piece.text != piece.text.lowercased() || !piece.text.utf8.allSatisfy(SQLWords.isPlainNameByte) {
            add(
                "double-quotes", piece,
                "Double quotes are for names, and PostgreSQL tells capitals in them from small letters.",
                "Write '…' for a text, and small letters without quotes for a name.")
        }
    }

    private mutating func checkSign(_ piece: SQLStatement.Piece) {
        switch piece.text {
        case "==": add("double-equals", piece, "PostgreSQL has no `==`.", "Write `=`.")
        case "->", "->>":
            add(
                "json-operator", piece, "`\(piece.text)` takes other paths and types on each engine.",
                "Read the JSON in the module, or keep what is asked for in a column.")
        case "::": add("cast-sign", piece, "SQLite has no `::`.", "Write CAST(… AS …).")
        case "!~", "~*": add("operator", piece, "SQLite has no `\(piece.text)`.", "Match in the module.")
        default: break
        }
    }

    private static let words: [String: (rule: String, message: String, advice: String)] = {
        let clock = (
            rule: "current-time", message: "It is text for SQLite, a point in time for PostgreSQL.",
            advice: "Give the time as a parameter, from the host's clock."
        )
        let match = (
            rule: "match", message: "PostgreSQL has no such operator.", advice: "Write LIKE, or match in the module."
        )
        let rowid = (
            rule: "rowid", message: "PostgreSQL's tables have no rowid.", advice: "Give the table a key of its own."
        )
        let truth = (
            rule: "boolean", message: "It is a number for SQLite, a boolean for PostgreSQL.",
            advice: "Write 1 or 0 in a SMALLINT, and a comparison where a condition is needed."
        )
        return [
            "CURRENT_TIMESTAMP": clock, "CURRENT_DATE": clock, "CURRENT_TIME": clock,
            "GLOB": match, "REGEXP": match, "MATCH": match,
            "ILIKE": ("match", "SQLite has no ILIKE.", "Write lower(…) LIKE lower(…)."),
            "ROWID": rowid, "_ROWID_": rowid, "TRUE": truth, "FALSE": truth,
            "AUTOINCREMENT": (
                "autoincrement", "PostgreSQL has no AUTOINCREMENT.",
                "Mint the key in the module, or write one file per engine."
            ),
            "ISNULL": ("is-null", "Not a part of standard SQL.", "Write IS NULL."),
            "NOTNULL": ("is-null", "Not a part of standard SQL.", "Write IS NOT NULL."),
            "COLLATE": (
                "collation", "The engines' collations have different names and orders.",
                "Compare lower(…), or keep a column to sort by."
            ),
        ]
    }()

    private mutating func checkWord(_ piece: SQLStatement.Piece, at position: Int, in statement: SQLStatement) {
        // Behind a full stop stands a column's name, whatever it is.
        let isColumn = statement[position - 1]?.isSign(".") == true
        if let refused = Self.words[piece.text], !(isColumn && piece.text != "ROWID") {
            return add(refused.rule, piece, refused.message, refused.advice)
        }
        switch piece.text {
        case "INDEXED" where !isColumn && statement[position + 1]?.isWord("BY") == true:
            add("indexed-by", piece, "PostgreSQL has no INDEXED BY.", "Leave it out.")
        case "GENERATED" where !(statement.pieces[position...].contains { $0.isWord("STORED") }):
            add("generated", piece, "PostgreSQL has no virtual columns.", "Write STORED, or compute it in the query.")
        default:
            break
        }
    }

    /// Comparisons and conditions.
    mutating func checkExpressions(_ statement: SQLStatement) {
        var openBetweens: [Int] = []
        for (position, piece) in statement.pieces.enumerated() where piece.kind == .word {
            switch piece.text {
            case "BETWEEN":
                openBetweens.append(piece.depth)
            case "AND" where openBetweens.last == piece.depth:
                openBetweens.removeLast()
            case "WHERE", "AND", "OR", "HAVING", "NOT":
                checkCondition(statement, after: position)
            case "IS":
                checkIs(statement, at: position)
            case "LIKE":
                checkLike(statement, at: position)
            case "LIMIT":
                checkLimit(statement, at: position)
            default:
                break
            }
        }
    }

    /// A bare column is a condition for SQLite, where numbers are true or false.
    private mutating func checkCondition(_ statement: SQLStatement, after position: Int) {
        var start = position + 1
        while statement[start]?.isSign("(") == true { start += 1 }
        var end = start
        while let piece = statement[end], piece.isName || piece.isSign("."), !SQLWords.isKeyword(piece.text) {
            end += 1
        }
        guard end > start || statement[start].map({ [.parameter, .number].contains($0.kind) }) == true else { return }
        if end == start { end += 1 }
        let ends =
            statement[end].map { next in
                next.isSign(")") && statement[start - 1]?.isSign("(") == true
                    || next.isWord("AND", "OR", "ORDER", "GROUP", "LIMIT", "RETURNING", "UNION", "THEN")
            } ?? true
        let closesCheck = statement[end]?.isSign(")") == true && statement.pieces[position].isWord("AND", "OR", "WHERE")
        if ends || closesCheck, let piece = statement[start] {
            add(
                "condition", piece, "PostgreSQL takes no number for a condition.",
                "Write a comparison, such as `\(piece.source) <> 0`.")
        }
    }

    private mutating func checkIs(_ statement: SQLStatement, at position: Int) {
        let next = statement[position + 1]?.isWord("NOT") == true ? position + 2 : position + 1
        if statement[next]?.isWord("NULL", "DISTINCT") == true { return }
        add(
            "is", statement.pieces[position], "PostgreSQL compares with IS to NULL only.",
            "Write IS NOT DISTINCT FROM or IS DISTINCT FROM, which treat nulls as values.")
    }

    private mutating func checkLike(_ statement: SQLStatement, at position: Int) {
        let left = statement[position - 1]?.isWord("NOT") == true ? position - 2 : position - 1
        var open = left
        if let piece = statement[left], piece.isSign(")") {
            repeat {
                open -= 1
            } while open > 0
                && !(statement.pieces[open].isSign("(") && statement.pieces[open].depth == piece.depth)
            if statement[open - 1]?.isWord("LOWER", "UPPER") == true { return }
        }
        add(
            "like", statement.pieces[position], "LIKE tells capitals from small letters on PostgreSQL, not on SQLite.",
            "Write lower(…) LIKE with a pattern in small letters.")
    }

    private mutating func checkLimit(_ statement: SQLStatement, at position: Int) {
        let piece = statement.pieces[position]
        if statement[position + 1]?.isSign("-") == true {
            add("limit", piece, "PostgreSQL takes no negative LIMIT.", "Leave LIMIT out for all rows.")
        }
        let comma = statement.pieces[position...].prefix { $0.depth >= piece.depth && !$0.isWord("OFFSET") }
            .contains { $0.depth == piece.depth && $0.isSign(",") }
        if comma { add("limit", piece, "PostgreSQL has no LIMIT with a comma.", "Write LIMIT <count> OFFSET <start>.") }
    }
}
