/// A statement of a script, as its tokens.
struct SQLStatement {
    /// One token with its text.
    struct Piece {
        let kind: SQLToken.Kind
        /// Words in capitals; names without their quotes; everything else as it stands.
        let text: String
        /// As it stands.
        let source: String
        /// Where it begins in the script, in bytes.
        let offset: Int
        /// How many parentheses are open around it; a parenthesis itself counts as outside.
        let depth: Int

        /// Whether it is one of these keywords.
        func isWord(_ words: String...) -> Bool { kind == .word && words.contains(text) }

        /// Whether it is this sign.
        func isSign(_ sign: String) -> Bool { kind == .sign && text == sign }

        /// Whether it can name something: a word or a quoted name.
        var isName: Bool { kind == .word || kind == .quotedName }
    }

    let pieces: [Piece]

    /// The piece at a position; nil beyond either end.
    subscript(position: Int) -> Piece? { pieces.indices.contains(position) ? pieces[position] : nil }

    /// Whether these words stand from a position on.
    func has(_ words: String..., at position: Int) -> Bool {
        words.enumerated().allSatisfy { self[position + $0.offset]?.isWord($0.element) == true }
    }

    /// The position of the first of these words outside of parentheses, from a position on.
    func position(of words: String..., from start: Int = 0) -> Int? {
        pieces.indices.dropFirst(start).first { position in
            pieces[position].depth == 0 && pieces[position].kind == .word && words.contains(pieces[position].text)
        }
    }

    /// The position of the parenthesis that closes the one at a position; the end when none does.
    func closing(of open: Int) -> Int {
        let depth = pieces[open].depth
        return pieces.indices.dropFirst(open + 1).first { pieces[$0].depth == depth && pieces[$0].isSign(")") }
            ?? pieces.count
    }

    /// The verb that says what is done; behind WITH the one of the main statement.
    var verb: String {
        guard let first = pieces.first, first.kind == .word else { return "" }
        guard first.text == "WITH" else { return first.text }
        return position(of: "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "VALUES").map { pieces[$0].text }
            ?? "WITH"
    }

    /// What CREATE, DROP or ALTER is about, such as `TABLE`, and the position of its name; words that do not matter
    /// here are passed over.
    var schemaObject: (kind: String, name: Int)? {
        guard let first = pieces.first, first.isWord("CREATE", "DROP", "ALTER") else { return nil }
        var position = 1
        while let piece = self[position],
            piece.isWord("TEMP", "TEMPORARY", "UNIQUE", "VIRTUAL", "OR", "REPLACE", "MATERIALIZED", "UNLOGGED")
        {
            position += 1
        }
        guard let kind = self[position], kind.kind == .word else { return nil }
        position += 1
        while let piece = self[position], piece.isWord("IF", "NOT", "EXISTS", "CONCURRENTLY", "ONLY") { position += 1 }
        return (kind.text, position)
    }
}

/// A script as its statements, with a way from bytes to lines.
struct SQLScript {
    let statements: [SQLStatement]
    let nestedComments: [Int]
    private let lineStarts: [Int]

    /// Reads a script.
    init(_ bytes: [UInt8], engine: MigrationEngine) {
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        var reader = Reader()
        nestedComments = bytes.withUnsafeBytes { text in
            var tokenizer = SQLTokenizer(text: text, readsDollarQuotes: engine == .postgresql)
            while let token = tokenizer.next() { reader.add(token, of: text) }
            return tokenizer.nestedComments
        }
        reader.endStatement()
        statements = reader.statements
    }

    /// Line and column of a byte, both counted from 1.
    func place(of offset: Int) -> (line: Int, column: Int) {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return (low + 1, offset - lineStarts[low] + 1)
    }

    /// Collects pieces into statements.
    private struct Reader {
        var statements: [SQLStatement] = []
        private var pieces: [SQLStatement.Piece] = []
        private var depth = 0
        /// Whether what is being read is a trigger, whose body holds semicolons.
        private var isTrigger = false

        mutating func add(_ token: SQLToken, of text: UnsafeRawBufferPointer) {
            if token.kind == .semicolon {
                // A trigger ends with `; END ;`.
                let endsTrigger =
                    pieces.last?.isWord("END") == true && pieces.dropLast().last?.kind == .semicolon
                if !isTrigger || endsTrigger || !pieces.contains(where: { $0.isWord("BEGIN") }) {
                    return endStatement()
                }
            }
            let source = String(decoding: text[token.range], as: UTF8.self)
            if token.kind == .sign, source == ")" { depth = max(0, depth - 1) }
            let shown =
                switch token.kind {
                case .word: source.uppercased()
                case .quotedName: String(source.dropFirst().dropLast())
                default: source
                }
            pieces.append(
                SQLStatement.Piece(
                    kind: token.kind, text: shown, source: source, offset: token.range.lowerBound, depth: depth))
            if token.kind == .sign, source == "(" { depth += 1 }
            if pieces.count <= 4, pieces.first?.isWord("CREATE") == true, pieces.last?.isWord("TRIGGER") == true {
                isTrigger = true
            }
        }

        mutating func endStatement() {
            if !pieces.isEmpty { statements.append(SQLStatement(pieces: pieces)) }
            pieces = []
            depth = 0
            isTrigger = false
        }
    }
}
