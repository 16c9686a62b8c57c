import GantryCryptography
import GantryIdentity
import GantryStore
import GantryThreads

/// The audit log: a chain of entries for each tenant and one for the deployment's own acts, in `host.db`, so that an
/// entry is written with what it tells of or not at all. Any thread.
///
/// Where a chain ends is noted twice, sealed under the operator's key: beside the entries, with each of them, and in a
/// folder of its own, right after.
final class AuditLog: Sendable {
    static let schema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS audit_entry (chain TEXT NOT NULL, sequence INTEGER NOT NULL, time INTEGER NOT NULL,
          actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL,
          details TEXT NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (chain, sequence))
          WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS audit_head (chain TEXT PRIMARY KEY, sequence INTEGER NOT NULL, hash BLOB NOT NULL,
          base_sequence INTEGER NOT NULL, base_hash BLOB NOT NULL, seal BLOB NOT NULL) WITHOUT ROWID
        """,
    ]

    /// The chain that tells which chains there are.
    static let deploymentChain = ""

    /// A key that was set once.
    private final class KeyBox: Sendable {
        let key: AuditKey
        init(_ key: AuditKey) { self.key = key }
    }

    let database: Database
    let copies: AuditHeadFiles
    private let keyReference = OnceReference<KeyBox>()

    init(database: Database) {
        self.database = database
        let folder = database.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        copies = AuditHeadFiles(folder: (folder + ["audit"]).joined(separator: "/"))
    }

    /// The key of the seals; nil while the host has none.
    var key: AuditKey? { keyReference.load()?.key }

    /// Seals what is written from now on. To be called before the first act.
    func seal(with vault: SecretVault) {
        guard let key = try? vault.key else { return }
        _ = keyReference.storeIfNil(KeyBox(AuditKey(from: key)))
    }

    /// Tells of an act that has no other place in `host.db`. Durable when this returns.
    func record(_ act: AuditAct) throws(StoreError) {
        try write { transaction throws(StoreError) in try append(act, in: transaction) }
    }

    /// Runs a change of `host.db`; the entry of the act that it is made for goes with it, in one transaction.
    /// - Parameter telling: Completes what is told once the body has run; false when nothing was changed after all.
    @discardableResult
    func change<Value>(
        telling: (Value, inout AuditAct) -> Bool = { _, _ in true },
        _ body: (Transaction) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        guard let pending = PendingAct.current, let act = pending.take() else {
            return try database.write(as: .host, body)
        }
        do throws(StoreError) {
            var value: Value?
            var isTold = false
            try write { transaction throws(StoreError) in
                let result = try body(transaction)
                value = result
                var told = act
                isTold = telling(result, &told)
                return isTold ? try append(told, in: transaction) : []
            }
            if !isTold { pending.giveBack() }
            guard let value else { preconditionFailure("a write that succeeded has run its body") }
            return value
        } catch {
            pending.giveBack()
            throw error
        }
    }

    /// Writes entries and notes in the other place how far the chains have come.
    func write(_ body: (Transaction) throws(StoreError) -> [AuditHead]) throws(StoreError) {
        var heads: [AuditHead] = []
        try database.write(as: .host) { transaction throws(StoreError) in heads = try body(transaction) }
        for head in heads { copies.write(head) }
    }

    /// Adds the entry of an act to its chain, within the transaction that does it. Gives the ends of the chains, to be
    /// noted elsewhere once the transaction is durable.
    func append(_ act: AuditAct, in transaction: Transaction) throws(StoreError) -> [AuditHead] {
        let chain = act.tenant ?? Self.deploymentChain
        let known = try Self.head(of: chain, in: transaction)
        var heads: [AuditHead] = []
        if known == nil, chain != Self.deploymentChain {
            // A chain that is taken away as a whole is missed, since this one tells of it.
            heads += try append(
                AuditAct(tenant: nil, actor: .host, action: "audit.begin", target: chain), in: transaction)
        }
        let head = known ?? AuditHead(startOf: chain)
        try copies.check(head) { sequence throws(StoreError) in
            try Self.hash(of: sequence, in: chain, transaction)
        }
        let entry = AuditEntry(act, after: head, atMilliseconds: systemWallClock())
        let next = head.following(entry, key: key)
        try Self.insert(entry, in: transaction)
        try Self.save(next, in: transaction)
        return heads + [next]
    }

    private static func hash(
        of sequence: Int64, in chain: String, _ transaction: Transaction
    ) throws(StoreError) -> [UInt8]? {
        var hash: [UInt8]?
        try transaction.execute(
            "SELECT hash FROM audit_entry WHERE chain = $1 AND sequence = $2", [.text(chain), .integer(sequence)]
        ) { row in
            hash = Array(row.bytes(0))
            return false
        }
        return hash
    }

    static func head(of chain: String, in transaction: Transaction) throws(StoreError) -> AuditHead? {
        var head: AuditHead?
        try transaction.execute(
            "SELECT sequence, hash, base_sequence, base_hash, seal FROM audit_head WHERE chain = $1", [.text(chain)]
        ) { row in
            head = AuditHead(
                chain: chain, sequence: row.integer(0), hash: Array(row.bytes(1)), baseSequence: row.integer(2),
                baseHash: Array(row.bytes(3)), seal: Array(row.bytes(4)))
            return false
        }
        return head
    }

    static func save(_ head: AuditHead, in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO audit_head (chain, sequence, hash, base_sequence, base_hash, seal)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (chain) DO UPDATE SET sequence = $2, hash = $3, base_sequence = $4, base_hash = $5, seal = $6
            """,
            [
                .text(head.chain), .integer(head.sequence), .blob(head.hash), .integer(head.baseSequence),
                .blob(head.baseHash), .blob(head.seal),
            ])
    }

    private static func insert(_ entry: AuditEntry, in transaction: Transaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO audit_entry (chain, sequence, time, actor, action, target, outcome, details, previous, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .text(entry.chain), .integer(entry.sequence), .integer(entry.timeMilliseconds), .text(entry.actor),
                .text(entry.action), .text(entry.target), .text(entry.outcome), .text(entry.details),
                .blob(entry.previous), .blob(entry.hash),
            ])
    }
}
