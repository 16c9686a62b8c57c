import GantryCore
import GantryIdentity
import GantryStore

extension HostDirectory {
    /// What accounts may do, as the modules that keep them have said; tokens of impersonation that are good; and ids of
    /// acts that modules have had recorded, so that each is recorded once.
    static let accountSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS account (tenant TEXT NOT NULL REFERENCES tenant (id), user TEXT NOT NULL,
          role TEXT NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (tenant, user)) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS impersonation (id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenant (id),
          user TEXT NOT NULL, actor TEXT NOT NULL, expires_at INTEGER NOT NULL)
        """,
        "CREATE INDEX IF NOT EXISTS impersonation_by_user ON impersonation (tenant, user)",
        """
        CREATE TABLE IF NOT EXISTS recorded_act (tenant TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL,
          PRIMARY KEY (tenant, id)) WITHOUT ROWID
        """,
    ]

    /// What all accounts may do.
    func accountStandings() throws(StoreError) -> [AccountStanding] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var standings: [AccountStanding] = []
            try transaction.execute("SELECT tenant, user, role, state, revision FROM account") { row in
                standings.append(
                    AccountStanding(
                        tenant: row.string(0), user: row.string(1), role: Role(rawValue: row.string(2)) ?? .user,
                        state: AccountStanding.State(rawValue: row.string(3)) ?? .inactive, revision: row.integer(4)))
                return true
            }
            return standings
        }
    }

    /// Writes down what an account may do, unless something newer is known.
    /// - Returns: Ids of tokens of impersonation that this has ended: nobody acts as somebody who is shut out.
    func save(_ standing: AccountStanding) throws(StoreError) -> [String] {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO account (tenant, user, role, state, revision) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (tenant, user) DO UPDATE SET role = $3, state = $4, revision = $5 WHERE revision < $5
                """,
                [
                    .text(standing.tenant), .text(standing.user), .text(standing.role.rawValue),
                    .text(standing.state.rawValue), .integer(standing.revision),
                ])
            guard standing.state != .active else { return [] }
            var ended: [String] = []
            try transaction.execute(
                "DELETE FROM impersonation WHERE tenant = $1 AND user = $2 RETURNING id",
                [.text(standing.tenant), .text(standing.user)]
            ) { row in
                ended.append(row.string(0))
                return true
            }
            return ended
        }
    }

    /// Tokens of impersonation that have not expired.
    func impersonations(atMilliseconds now: Int64) throws(StoreError) -> [ImpersonationRecord] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var records: [ImpersonationRecord] = []
            try transaction.execute(
                "SELECT id, tenant, user, actor, expires_at FROM impersonation WHERE expires_at > $1", [.integer(now)]
            ) { row in
                records.append(
                    ImpersonationRecord(
                        id: row.string(0), tenant: row.string(1), user: row.string(2), actor: row.string(3),
                        expiresAtMilliseconds: row.integer(4)))
                return true
            }
            return records
        }
    }

    /// Writes a token of impersonation down, and forgets those that have expired.
    func insert(_ record: ImpersonationRecord, atMilliseconds now: Int64) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute("DELETE FROM impersonation WHERE expires_at <= $1", [.integer(now)])
            try transaction.execute(
                "INSERT INTO impersonation (id, tenant, user, actor, expires_at) VALUES ($1, $2, $3, $4, $5)",
                [
                    .text(record.id), .text(record.tenant), .text(record.user), .text(record.actor),
                    .integer(record.expiresAtMilliseconds),
                ])
        }
    }

    /// Ends a token of impersonation.
    func endImpersonation(id: String, tenant: String) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "DELETE FROM impersonation WHERE id = $1 AND tenant = $2", [.text(id), .text(tenant)])
        }
    }

    /// Adds an act of a module's to the tenant's chain, once for each id.
    func record(_ act: AuditAct, id: String, tenant: String) throws(StoreError) {
        try audit.write { transaction throws(StoreError) in
            let isNew = try transaction.execute(
                "INSERT INTO recorded_act (tenant, id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [.text(tenant), .text(id)])
            return isNew > 0 ? try audit.append(act, in: transaction) : []
        }
    }
}
