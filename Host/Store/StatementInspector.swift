/// Reads a statement's tokens for what the authorizer cannot see.
///
/// Three things lose a neighbour's row in a group commit although its savepoint was released: a conflict clause
/// ROLLBACK, RAISE(ROLLBACK), and constraints that are looked at only by COMMIT. None of them reaches the authorizer.
struct StatementInspector {
    /// What a statement turned out to be.
    struct Finding {
        /// Why the statement is refused; nil when it is not.
        var refusal: String?
        /// Whether it changes the schema, so that SQLite's count of changed rows says nothing of it.
        var isSchemaChange = false
        /// Whether there is anything but space and comments.
        var isEmpty = true
    }

    private var tokenizer: SQLTokenizer

    /// Inspects one statement.
    static func inspect(_ text: UnsafeRawBufferPointer, privilege: Privilege) -> Finding {
        var inspector = StatementInspector(text: text)
        return inspector.inspect(privilege: privilege)
    }

    private init(text: UnsafeRawBufferPointer) {
        tokenizer = SQLTokenizer(text: text)
    }

    private mutating func inspect(privilege: Privilege) -> Finding {
        var finding = Finding()
        var previous = 0..<0
        while let token = tokenizer.next() {
            let range = token.range
            if token.kind == .semicolon { continue }
            if finding.isEmpty {
                finding.isEmpty = false
                finding.isSchemaChange = ["CREATE", "DROP", "ALTER", "REINDEX", "ANALYZE"].contains {
                    word(range, is: $0)
                }
            }
            if privilege != .host, finding.refusal == nil {
                finding.refusal = refusal(of: token.kind, range, after: previous)
            }
            previous = range
        }
        return finding
    }

    private func refusal(of kind: SQLToken.Kind, _ range: Range<Int>, after previous: Range<Int>) -> String? {
        switch kind {
        case .word:
            if word(range, is: "ROLLBACK") {
                return "ROLLBACK would undo the changes of others; use ABORT, or quote it where it is a name"
            }
            if word(range, is: "DEFERRABLE"), !word(previous, is: "NOT") {
                return "deferrable constraints are not supported, since they are only looked at when all is written"
            }
            return isReserved(range) ? Self.reservedNames : nil
        case .quotedName:
            return isReserved(range.dropFirst()) ? Self.reservedNames : nil
        case .string:
            // SQLite takes a string for a name in these places.
            let isName = word(previous, is: "TO") || word(previous, is: "REFERENCES")
            return isName && isReserved(range.dropFirst()) ? Self.reservedNames : nil
        default:
            return nil
        }
    }

    private static let reservedNames = "names that begin with gantry_ belong to the host"

    private func isReserved(_ range: Range<Int>) -> Bool {
        word(range.prefix(7), is: "GANTRY_")
    }

    private func word(_ range: Range<Int>, is word: StaticString) -> Bool { tokenizer.word(range, is: word) }
}
