import GantryStore

extension HostDirectory {
    /// Sees to it that the databases of a module learn of its schedules although nobody uses them: where these are
    /// others than at the last start, all databases of the module are marked, in the transaction that notes that.
    /// - Parameters:
    ///   - schedules: What the manifest says now; empty for none.
    ///   - number: Names the marks.
    func noteSchedules(_ schedules: String, of module: String, number: Int64) throws(StoreError) {
        let name = "schedules/\(module)"
        if try (setting(name) ?? "") == schedules { return }
        try database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "UPDATE module_database SET mark = $2, due_ms = 0 WHERE module = $1", [.text(module), .integer(number)])
            try transaction.execute(
                "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
                [.text(name), .text(schedules)])
        }
    }

    /// Where a module is enabled and has never been started.
    func placesWithoutDatabase(of module: String) throws(StoreError) -> [Place] {
        try database.read(as: .host) { transaction throws(StoreError) in
            var list: [Place] = []
            try transaction.execute(
                """
                SELECT m.tenant FROM tenant_module m
                LEFT JOIN module_database d ON d.tenant = m.tenant AND d.module = m.module
                WHERE m.module = $1 AND m.enabled = 1 AND d.tenant IS NULL
                """, [.text(module)]
            ) { row in
                list.append(Place(tenant: row.string(0), module: module))
                return true
            }
            return list
        }
    }
}
