import GantryIdentity
import GantryStore

extension HostDirectory {
    static let trustSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS accepted_build (module TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL,
          PRIMARY KEY (module, version)) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS revoked_signature (id TEXT PRIMARY KEY, reason TEXT NOT NULL, time INTEGER NOT NULL)
          WITHOUT ROWID
        """,
    ]

    /// A key or a build that an operator has revoked by a command.
    struct Revocation: Sendable, Equatable {
        /// SHA-256 of the key, or of the build's list of digests; 64 lowercase hexadecimal digits.
        var id: String
        /// Why, in the operator's words; may be empty.
        var reason: String
        /// When, in milliseconds since 1970.
        var atMilliseconds: Int64
    }

    /// What operators have revoked by commands, in the order of the ids.
    func revocations() throws(StoreError) -> [Revocation] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var revocations: [Revocation] = []
            try transaction.execute("SELECT id, reason, time FROM revoked_signature ORDER BY id", []) { row in
                revocations.append(
                    Revocation(id: row.string(0), reason: row.string(1), atMilliseconds: row.integer(2)))
                return true
            }
            return revocations
        }
    }

    /// Keeps a revocation; one that is kept stays as it is.
    func revoke(_ revocation: Revocation) throws(StoreError) {
        try audit.change { transaction throws(StoreError) in
            try transaction.execute(
                "INSERT INTO revoked_signature (id, reason, time) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
                [.text(revocation.id), .text(revocation.reason), .integer(revocation.atMilliseconds)])
        }
    }

    /// Takes a revocation back; false when there was none.
    func takeBackRevocation(_ id: String) throws(StoreError) -> Bool {
        try audit.change(telling: { isThere, _ in isThere }) { transaction throws(StoreError) in
            var isThere = false
            try transaction.execute("DELETE FROM revoked_signature WHERE id = $1 RETURNING id", [.text(id)]) { _ in
                isThere = true
                return true
            }
            return isThere
        }
    }

    /// The digests of a module's builds that were ever started after their signature was found good, by version.
    func acceptedBuilds(of module: String) throws(StoreError) -> [String: String] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var builds: [String: String] = [:]
            try transaction.execute("SELECT version, digest FROM accepted_build WHERE module = $1", [.text(module)]) {
                row in
                builds[row.string(0)] = row.string(1)
                return true
            }
            return builds
        }
    }

    /// Keeps that a build was started, and tells the audit log. The first digest of a version stays.
    func acceptBuild(of module: String, version: String, digest: String, signer: String) throws(StoreError) {
        let act = AuditAct(
            tenant: nil, actor: .host, action: "bundle.accept", target: module,
            details: ["version": version, "digest": digest, "signer": signer])
        try audit.write { transaction throws(StoreError) in
            var isNew = false
            try transaction.execute(
                """
                INSERT INTO accepted_build (module, version, digest) VALUES ($1, $2, $3)
                ON CONFLICT (module, version) DO NOTHING RETURNING module
                """, [.text(module), .text(version), .text(digest)]
            ) { _ in
                isNew = true
                return true
            }
            return isNew ? try audit.append(act, in: transaction) : []
        }
    }

    /// Forgets that builds of these versions were started.
    func forgetBuilds(of module: String, versions: [String]) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            for version in versions {
                try transaction.execute(
                    "DELETE FROM accepted_build WHERE module = $1 AND version = $2", [.text(module), .text(version)])
            }
        }
    }

    /// Whether a tenant is on the version of the module.
    func isPinned(_ module: String, to version: String) throws(StoreError) -> Bool {
        try database.read(as: .host) { transaction throws(StoreError) in
            var isPinned = false
            try transaction.execute(
                "SELECT 1 FROM module_pin WHERE module = $1 AND version = $2 LIMIT 1", [.text(module), .text(version)]
            ) { _ in
                isPinned = true
                return false
            }
            return isPinned
        }
    }
}
