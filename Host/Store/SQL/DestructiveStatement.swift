/// A statement that takes something away for good, or changes it so that what reads it has to change with it.
public struct DestructiveStatement: Sendable, Equatable, CustomStringConvertible {
    /// What is done, such as `drops the table`.
    public let action: String
    /// The table, column or index.
    public let subject: String
    /// The file, as messages name it.
    public let file: String
    /// The line, counted from 1.
    public let line: Int

    /// `file:line: action subject`.
    public var description: String { "\(file):\(line): \(action) `\(subject)`" }

    /// What of a migration is destructive, in the order of the text.
    public static func find(in migration: Migration) -> [DestructiveStatement] {
        let script = SQLScript(migration.sql, engine: migration.engine)
        // Dropping a table to give its name to another one is how a table is rebuilt.
        let renamed = Set(script.statements.compactMap(newTableName))
        return script.statements.flatMap { statement in
            changes(of: statement, renamed: renamed).map { action, piece in
                DestructiveStatement(
                    action: action, subject: piece.kind == .word ? piece.source : piece.text, file: migration.file,
                    line: script.place(of: statement.pieces[0].offset).line)
            }
        }
    }

    private static func newTableName(_ statement: SQLStatement) -> String? {
        guard statement.has("ALTER", "TABLE", at: 0), let object = statement.schemaObject,
            statement.has("RENAME", "TO", at: object.name + 1)
        else { return nil }
        return statement[object.name + 3]?.text.lowercased()
    }

    private static func changes(
        of statement: SQLStatement, renamed: Set<String>
    ) -> [(String, SQLStatement.Piece)] {
        if let object = statement.schemaObject, let name = statement[object.name] {
            return schemaChanges(of: statement, object.kind, name, at: object.name, renamed: renamed)
        }
        let verb = statement.verb
        guard let position = statement.position(of: verb) else { return [] }
        let hasCondition = statement.position(of: "WHERE", from: position) != nil
        switch verb {
        case "DELETE" where !hasCondition:
            return statement[position + 2].map { [("deletes all rows of", $0)] } ?? []
        case "UPDATE" where !hasCondition:
            let table = statement[position + 1]?.isWord("OR") == true ? position + 3 : position + 1
            return statement[table].map { [("changes all rows of", $0)] } ?? []
        case "TRUNCATE":
            let table = statement[position + 1]?.isWord("TABLE") == true ? position + 2 : position + 1
            return statement[table].map { [("deletes all rows of", $0)] } ?? []
        case "REPLACE":
            return statement[position + 2].map { [("replaces rows of", $0)] } ?? []
        case "INSERT" where statement.has("OR", "REPLACE", at: position + 1):
            return statement[position + 4].map { [("replaces rows of", $0)] } ?? []
        default:
            return []
        }
    }

    private static func schemaChanges(
        of statement: SQLStatement, _ kind: String, _ name: SQLStatement.Piece, at position: Int, renamed: Set<String>
    ) -> [(String, SQLStatement.Piece)] {
        switch (statement.pieces[0].text, kind) {
        case ("DROP", "TABLE"):
            return [(renamed.contains(name.text.lowercased()) ? "rebuilds the table" : "drops the table", name)]
        case ("DROP", "INDEX"):
            return [("drops the index", name)]
        case ("DROP", "SCHEMA"):
            return [("drops the schema", name)]
        case ("ALTER", "TABLE"):
            // Several actions, separated by commas, are PostgreSQL's.
            return statement.pieces.indices.dropFirst(position + 1).compactMap { start in
                let isStart =
                    start == position + 1 || statement[start - 1].map { $0.depth == 0 && $0.isSign(",") } == true
                return isStart ? alteration(statement, at: start, table: name) : nil
            }
        default:
            return []
        }
    }

    private static func alteration(
        _ statement: SQLStatement, at start: Int, table: SQLStatement.Piece
    ) -> (String, SQLStatement.Piece)? {
        let isColumn = statement[start + 1]?.isWord("COLUMN") == true
        let subject = statement[start + (isColumn ? 2 : 1)]
        switch statement[start]?.text {
        case "DROP":
            return subject.map { (isColumn || !$0.isWord("CONSTRAINT") ? "drops the column" : "drops the", $0) }
        case "RENAME" where statement[start + 1]?.isWord("TO") == true: return ("renames the table", table)
        case "RENAME": return subject.map { ("renames the column", $0) }
        case "ALTER" where statement.pieces[start...].contains(where: { $0.isWord("TYPE") }):
            return subject.map { ("changes the type of", $0) }
        default: return nil
        }
    }
}
