import GantryIdentity
import GantryStore

extension AuditLog {
    /// Which entries are asked for.
    struct Query {
        var chain: String
        /// Entries behind this number; nil for the newest.
        var after: Int64?
        var limit: Int
        /// The action, or its beginning up to a dot.
        var action: String?
        var actor: String?
        var outcome: String?
    }

    /// Entries of a chain, in their order. Without a number to begin behind they are the newest.
    func entries(_ query: Query) throws(StoreError) -> [AuditEntry] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var entries: [AuditEntry] = []
            let forth: StaticString = """
                SELECT chain, sequence, time, actor, action, target, outcome, details, previous, hash FROM audit_entry
                WHERE chain = $1 AND sequence > $2 ORDER BY sequence
                """
            let back: StaticString = """
                SELECT chain, sequence, time, actor, action, target, outcome, details, previous, hash FROM audit_entry
                WHERE chain = $1 AND sequence > $2 ORDER BY sequence DESC
                """
            try transaction.execute(
                query.after == nil ? back : forth, [.text(query.chain), .integer(query.after ?? 0)]
            ) { row in
                let entry = Self.entry(row)
                if query.admits(entry) { entries.append(entry) }
                return entries.count < query.limit
            }
            return query.after == nil ? entries.reversed() : entries
        }
    }

    /// The chains that anything is known of, in the order of their names.
    func chains() throws(StoreError) -> [String] {
        var chains = Set(copies.chains())
        try database.read(as: .host) { transaction throws(StoreError) in
            let statements: [StaticString] = [
                "SELECT chain FROM audit_head", "SELECT DISTINCT chain FROM audit_entry",
                "SELECT target FROM audit_entry WHERE chain = '' AND action = 'audit.begin'",
            ]
            for statement in statements {
                try transaction.execute(statement) { row in
                    chains.insert(row.string(0))
                    return true
                }
            }
        }
        return chains.sorted()
    }

    /// Checks a chain against its own hashes, its end, the note of its end in the other place, and the seals.
    func verify(_ chain: String) throws(StoreError) -> AuditVerifier {
        // Read before the database, which is never behind it.
        let copy = copies.read(chain)
        return try database.read(as: .host) { transaction throws(StoreError) in
            let head = try Self.head(of: chain, in: transaction)
            var verifier = AuditVerifier(chain: chain, head: head, copy: copy, key: key)
            try Self.forEach(in: chain, transaction) { verifier.take($0) }
            verifier.finish()
            if head == nil, verifier.entryCount == 0, copy == nil { verifier.noteMissingChain() }
            return verifier
        }
    }

    /// The end of a chain; nil when it has none.
    func head(of chain: String) throws(StoreError) -> AuditHead? {
        try database.read(as: .host) { transaction throws(StoreError) in
            try Self.head(of: chain, in: transaction)
        }
    }

    /// Forgets the entries of a chain up to a number. What is left, and the head, still prove what they were followed
    /// by. The act is told of in the same transaction.
    func forget(upTo sequence: Int64, of chain: String) throws(StoreError) -> Int {
        try change { transaction throws(StoreError) in
            guard let head = try Self.head(of: chain, in: transaction) else { return 0 }
            var last: AuditEntry?
            try transaction.execute(
                """
                SELECT chain, sequence, time, actor, action, target, outcome, details, previous, hash FROM audit_entry
                WHERE chain = $1 AND sequence = $2
                """, [.text(chain), .integer(sequence)]
            ) { row in
                last = Self.entry(row)
                return false
            }
            guard let last else { throw StoreError(.conflict, "The chain has no entry \(sequence).") }
            try Self.save(head.archived(upTo: last, key: key), in: transaction)
            return try transaction.execute(
                "DELETE FROM audit_entry WHERE chain = $1 AND sequence <= $2", [.text(chain), .integer(sequence)])
        }
    }

    private static func forEach(
        in chain: String, _ transaction: Transaction, _ body: (AuditEntry) -> Void
    ) throws(StoreError) {
        try transaction.execute(
            """
            SELECT chain, sequence, time, actor, action, target, outcome, details, previous, hash FROM audit_entry
            WHERE chain = $1 ORDER BY sequence
            """, [.text(chain)]
        ) { row in
            body(entry(row))
            return true
        }
    }

    private static func entry(_ row: borrowing Row) -> AuditEntry {
        AuditEntry(
            chain: row.string(0), sequence: row.integer(1), timeMilliseconds: row.integer(2), actor: row.string(3),
            action: row.string(4), target: row.string(5), outcome: row.string(6), details: row.string(7),
            previous: Array(row.bytes(8)), hash: Array(row.bytes(9)))
    }
}

extension AuditLog.Query {
    fileprivate func admits(_ entry: AuditEntry) -> Bool {
        if let action, entry.action != action, !entry.action.hasPrefix("\(action).") { return false }
        if let actor, entry.actor != actor { return false }
        return outcome == nil || entry.outcome == outcome
    }
}
