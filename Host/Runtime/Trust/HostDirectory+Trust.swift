import GantryStore

extension HostDirectory {
    static let trustSchema: [StaticString] = [
        """
        CREATE TABLE IF NOT EXISTS accepted_build (module TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL,
          PRIMARY KEY (module, version)) WITHOUT ROWID
        """
    ]

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

    /// Keeps that a build was started. The first digest of a version stays.
    func acceptBuild(of module: String, version: String, digest: String) throws(StoreError) {
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                INSERT INTO accepted_build (module, version, digest) VALUES ($1, $2, $3)
                ON CONFLICT (module, version) DO NOTHING
                """, [.text(module), .text(version), .text(digest)])
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
