/// Says what in SQL does not fit the engine that it is written for.
///
/// For files of both engines it holds the common subset: what both accept and both mean alike, as far as a look at the
/// text can tell. What depends on types and data (a division by zero, the order of nulls, names that GROUP BY leaves
/// out) only an engine can tell.
public struct SQLLinter {
    /// What was found, in the order of the text.
    public internal(set) var findings: [SQLFinding] = []
    /// Tables that the scripts made so far, since PostgreSQL refuses references to others.
    var knownTables: Set<String> = []
    private var file = ""
    private var script = SQLScript([], engine: .common)

    /// A linter that has seen nothing yet.
    public init() {}

    /// Looks at the migrations of one module in their order.
    public static func findings(in migrations: [Migration]) -> [SQLFinding] {
        var linter = SQLLinter()
        for migration in migrations { linter.lint(migration.sql, file: migration.file, engine: migration.engine) }
        return linter.findings
    }

    /// Looks at one statement of a module, as it would be prepared.
    public static func findings(inStatement sql: String, of place: String) -> [SQLFinding] {
        var linter = SQLLinter()
        linter.lint(Array(sql.utf8), file: place, engine: .common)
        return linter.findings
    }

    /// Looks at a script. Scripts that build on each other are given in their order.
    public mutating func lint(_ sql: [UInt8], file: String, engine: MigrationEngine) {
        self.file = file
        script = SQLScript(sql, engine: engine)
        let before = findings.count
        for offset in script.nestedComments where engine != .sqlite {
            add(
                "nested-comment", offset, "PostgreSQL nests comments, SQLite does not.",
                "Write no `/*` inside a comment.")
        }
        for statement in script.statements {
            checkHostRules(statement, engine: engine)
            if engine == .common {
                checkCommonSubset(statement)
            } else if statement.has("CREATE", "TABLE", at: 0), let object = statement.schemaObject,
                let name = statement[object.name]
            {
                knownTables.insert(name.text.lowercased())
            }
        }
        findings[before...].sort { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    mutating func add(
        _ rule: String, _ offset: Int, severity: SQLFinding.Severity = .error, _ message: String, _ advice: String
    ) {
        let (line, column) = script.place(of: offset)
        findings.append(
            SQLFinding(
                rule: rule, severity: severity, file: file, line: line, column: column, message: message,
                advice: advice))
    }

    /// Whether something was found at a token already.
    func hasFinding(at piece: SQLStatement.Piece) -> Bool {
        let (line, column) = script.place(of: piece.offset)
        return findings.contains { $0.file == file && $0.line == line && $0.column == column }
    }

    mutating func add(
        _ rule: String, _ piece: SQLStatement.Piece, severity: SQLFinding.Severity = .error, _ message: String,
        _ advice: String
    ) {
        add(rule, piece.offset, severity: severity, message, advice)
    }

    private mutating func checkCommonSubset(_ statement: SQLStatement) {
        guard checkVerb(statement) else { return }
        checkTokens(statement)
        checkExpressions(statement)
        checkFunctions(statement)
        checkSchema(statement)
        checkUpsert(statement)
    }
}

extension SQLLinter {
    private static let hostVerbs: [String: (rule: String, message: String, advice: String)] = {
        let transaction = (
            rule: "transaction", message: "Each migration is one transaction, begun and ended by the host.",
            advice: "Leave it out; two files are two transactions."
        )
        var verbs = [
            "PRAGMA": (
                rule: "pragma", message: "Pragmas are set by the host.",
                advice: "Leave it out; for rebuilds of tables the host turns foreign keys off by itself."
            ),
            "VACUUM": (
                rule: "vacuum", message: "VACUUM cannot run inside a transaction.", advice: "Leave it to the host."
            ),
        ]
        for verb in ["ATTACH", "DETACH"] {
            verbs[verb] = ("attach", "A module sees its own database only.", "Leave it out; ask other modules instead.")
        }
        for verb in ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", "ABORT"] {
            verbs[verb] = transaction
        }
        return verbs
    }()

    /// What the host itself refuses, whichever engine the file is for.
    private mutating func checkHostRules(_ statement: SQLStatement, engine: MigrationEngine) {
        guard let first = statement.pieces.first else { return }
        if let refused = Self.hostVerbs[statement.verb] { add(refused.rule, first, refused.message, refused.advice) }
        for (position, piece) in statement.pieces.enumerated() {
            if piece.isName, piece.text.lowercased().hasPrefix("gantry_") {
                add(
                    "reserved-prefix", piece, "Names that begin with gantry_ belong to the host.",
                    "Choose another name.")
            }
            let isRollback =
                piece.isWord("ROLLBACK") && (statement[position - 1]?.isWord("OR", "CONFLICT") == true)
                || piece.isWord("RAISE") && statement[position + 2]?.isWord("ROLLBACK") == true
            if isRollback, engine != .postgresql {
                add("rollback", piece, "ROLLBACK would undo the changes of others.", "Write ABORT.")
            }
            let isDeferrable = piece.isWord("DEFERRABLE") && statement[position - 1]?.isWord("NOT") != true
            if isDeferrable || (piece.isWord("DEFERRED") && statement[position - 1]?.isWord("INITIALLY") == true) {
                add(
                    "deferrable", piece, "Constraints are looked at when a statement ends, not when all is written.",
                    "Leave it out, and write parents before children.")
            }
            if piece.isWord("TEMP", "TEMPORARY"), position == 1, statement.pieces[0].isWord("CREATE") {
                add(
                    "temporary", piece, "Temporary objects would outlive the transaction.",
                    "Use a common table expression.")
            }
            if piece.isWord("CONCURRENTLY"), engine == .postgresql {
                add("concurrently", piece, "CONCURRENTLY cannot run inside a transaction.", "Leave it out.")
            }
        }
    }
}
