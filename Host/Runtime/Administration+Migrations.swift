import GantryCore
import GantryJSON
import GantryStore

extension Administration {
    func migrationStatus(_ arguments: CommandArguments) throws -> String {
        try Self.list(chosenEnablements(arguments)) { enablement, writer in
            Self.writeInstance(enablement, into: &writer)
            guard let outlook = outlook(of: enablement) else { return Self.writeUnknown(into: &writer) }
            writer.key("state")
            writer.string(outlook.state.rawValue)
            writer.key("applied")
            writer.int(outlook.appliedCount)
            writer.key("pending")
            Self.texts(outlook.pending.map { "\($0.version) \($0.name)" }, into: &writer)
            writer.key("message")
            writer.string(outlook.message ?? outlook.holder.map(Self.text))
        }
    }

    func planMigrations(_ arguments: CommandArguments) throws -> String {
        try Self.list(chosenEnablements(arguments)) { enablement, writer in
            Self.writeInstance(enablement, into: &writer)
            guard let outlook = outlook(of: enablement) else { return Self.writeUnknown(into: &writer) }
            writer.key("state")
            writer.string(outlook.state.rawValue)
            writer.key("pending")
            Self.write(outlook.pending, into: &writer)
            writer.key("message")
            writer.string(outlook.message ?? outlook.holder.map(Self.text))
        }
    }

    /// Runs what is pending for one tenant's module. The module need not run; when it does, nothing can be pending but
    /// what a new build brings, and it is started again with that.
    func applyMigrations(_ arguments: CommandArguments) throws -> String {
        let enablement = try enablement(arguments)
        return try report(on: enablement) { try migrate(enablement) }
    }

    /// Runs what is pending on a copy, and tells how long that took and what became of the rows.
    func rehearseMigrations(_ arguments: CommandArguments) throws -> String {
        let enablement = try enablement(arguments)
        let rehearsal = MigrationRehearsal(inspection: try inspection(of: enablement))
        let running = supervisor?.database(tenant: enablement.tenant, module: enablement.module)
        let result = try rehearsal.run(source: running)
        return Self.object { writer in
            Self.writeInstance(enablement, into: &writer)
            writer.key("migrations")
            Self.array(result.migrations, into: &writer) { migration, writer in
                writer.key("version")
                writer.int(migration.version)
                writer.key("name")
                writer.string(migration.name)
                writer.key("milliseconds")
                writer.int(migration.milliseconds)
            }
            writer.key("tables")
            Self.array(result.tables, into: &writer) { table, writer in
                writer.key("table")
                writer.string(table.name)
                writer.key("rows_before")
                writer.int(table.before)
                writer.key("rows_after")
                writer.int(table.after)
            }
        }
    }

    func listRestorePoints(_ arguments: CommandArguments) throws -> String {
        let enablement = try enablement(arguments)
        return Self.list(restorePoints(of: enablement).list()) { point, writer in
            writer.key("point")
            writer.string(point.name)
            writer.key("version")
            writer.int(point.version)
            writer.key("created")
            writer.timestamp(milliseconds: point.createdAtMilliseconds)
            writer.key("bytes")
            writer.int(point.bytes)
            writer.key("before")
            writer.string(point.reason)
        }
    }

    /// Puts a restore point back. The module must not run meanwhile.
    func restore(_ arguments: CommandArguments) throws -> String {
        let enablement = try enablement(arguments)
        let name = try arguments.required("point")
        if let supervisor, supervisor.state(tenant: enablement.tenant, module: enablement.module) != nil {
            throw AdministrationError(
                code: "conflict",
                message:
                    "`\(enablement.module)` is enabled for `\(enablement.tenant)`. Disable it with `gantry module "
                    + "disable \(enablement.module) --tenant \(enablement.tenant)`, restore, and enable it "
                    + "again; or stop the host."
            )
        }
        let kept: RestorePoint?
        do throws(StoreError) {
            kept = try restorePoints(of: enablement).restore(name, pool: pool)
            // Nothing is known of the database that is in place now, until it is opened.
            try directory.saveSchema("", HostDirectory.Place(tenant: enablement.tenant, module: enablement.module))
        } catch {
            throw AdministrationError(code: "failed", message: error.message)
        }
        return Self.object { writer in
            Self.writeInstance(enablement, into: &writer)
            writer.key("restored")
            writer.string(name)
            writer.key("former")
            writer.string(kept?.name)
        }
    }
}

extension Administration {
    /// Brings one tenant's module to the migrations of the present build.
    func migrate(_ enablement: HostDirectory.Enablement) throws {
        let inspection = try inspection(of: enablement)
        if let supervisor, supervisor.runsOtherBuild(tenant: enablement.tenant, module: enablement.module) {
            return try supervisor.start(enablement)
        }
        // A running host migrates what it starts, and no file is opened twice.
        if let supervisor, enablement.isEnabled {
            try supervisor.wake(tenant: enablement.tenant, module: enablement.module)
        }
        let running = supervisor?.database(tenant: enablement.tenant, module: enablement.module)
        do throws(StoreError) {
            if let running {
                _ = try inspection.migrator(running).apply()
            } else if inspection.definition.manifest.capabilities.contains(.database) {
                let database = Database(path: inspection.databasePath, pool: pool)
                defer { database.close() }
                _ = try inspection.migrator(database).apply()
                let place = HostDirectory.Place(tenant: enablement.tenant, module: enablement.module)
                try directory.saveSchema(inspection.definition.schema, place)
            }
        } catch {
            throw AdministrationError(code: "failed", message: error.message)
        }
    }

    /// Does the work and answers with the migrations and restore points that came of it.
    func report(on enablement: HostDirectory.Enablement, _ work: () throws -> Void) throws -> String {
        let points = restorePoints(of: enablement)
        let before = Set(points.list().map(\.name))
        let pending = outlook(of: enablement)?.pending ?? []
        try work()
        let made = points.list().filter { !before.contains($0.name) }
        let durations = try pending.isEmpty ? [:] : durations(of: enablement)
        return Self.object { writer in
            Self.writeInstance(enablement, into: &writer)
            writer.key("migrations")
            Self.array(pending.filter { durations[$0.version] != nil }, into: &writer) { migration, writer in
                writer.key("version")
                writer.int(migration.version)
                writer.key("name")
                writer.string(migration.name)
                writer.key("milliseconds")
                writer.int(durations[migration.version] ?? 0)
            }
            writer.key("restore_points")
            Self.texts(made.map(\.name), into: &writer)
            writeState(of: enablement, into: &writer)
        }
    }

    /// Where the migrations of one tenant's module stand; nil when there is no bundle of it.
    func outlook(of enablement: HostDirectory.Enablement, in catalog: ModuleCatalog? = nil) -> MigrationOutlook? {
        let pin = try? directory.pin(enablement.place)
        guard let definition = (catalog ?? self.catalog).served(enablement.module, on: pin?.version) else { return nil }
        let inspection = MigrationInspection(
            definition: definition,
            databasePath: folder.databasePath(tenant: enablement.tenant, module: enablement.module), pool: pool,
            toleratedVersion: pin?.toleratedVersion ?? 0)
        if let running = supervisor?.database(tenant: enablement.tenant, module: enablement.module) {
            return inspection.outlook(of: running)
        }
        return inspection.outlook()
    }

    /// The outlook as `host.db` knows it where that is enough, so that not every database has to be opened.
    func indexedOutlook(of enablement: HostDirectory.Enablement, in catalog: ModuleCatalog) -> MigrationOutlook? {
        let place = enablement.place
        let version = try? directory.pin(place)?.version
        guard let definition = catalog.served(enablement.module, on: version) else { return nil }
        if let record = try? directory.databaseRecord(place), record.schema == definition.schema {
            return MigrationOutlook(state: .current, appliedCount: definition.migrations.count)
        }
        return outlook(of: enablement, in: catalog)
    }

    private func inspection(of enablement: HostDirectory.Enablement) throws -> MigrationInspection {
        do {
            let pin = try directory.pin(enablement.place)
            let definition = catalog.served(enablement.module, on: pin?.version)
            return MigrationInspection(
                definition: try definition ?? catalog.definition(enablement.module),
                databasePath: folder.databasePath(tenant: enablement.tenant, module: enablement.module), pool: pool,
                toleratedVersion: pin?.toleratedVersion ?? 0)
        } catch let error as HostError {
            throw AdministrationError(code: "not_found", message: error.message)
        }
    }

    private func durations(of enablement: HostDirectory.Enablement) throws -> [Int: Int64] {
        let inspection = try inspection(of: enablement)
        let running = supervisor?.database(tenant: enablement.tenant, module: enablement.module)
        let states =
            try running.map { try inspection.migrator($0).status() }
            ?? inspection.withDatabase { try inspection.migrator($0).status() }
        var durations: [Int: Int64] = [:]
        for status in states {
            if case .applied(_, let duration) = status.state { durations[status.version] = duration }
        }
        return durations
    }

    private func restorePoints(of enablement: HostDirectory.Enablement) -> RestorePoints {
        RestorePoints(databasePath: folder.databasePath(tenant: enablement.tenant, module: enablement.module))
    }

    /// The enablements that the arguments `tenant` and `module` leave, where they are given.
    private func chosenEnablements(_ arguments: CommandArguments) throws -> [HostDirectory.Enablement] {
        let tenant = try arguments.values["tenant"] == nil ? nil : self.tenant(arguments)
        let module = arguments.values["module"]
        return try directory.enablements(tenant: tenant?.id).filter { module == nil || $0.module == module }
    }

    private func enablement(_ arguments: CommandArguments) throws -> HostDirectory.Enablement {
        let tenant = try tenant(arguments)
        let module = try arguments.required("module")
        guard let found = try directory.enablements(tenant: tenant.id).first(where: { $0.module == module }) else {
            throw AdministrationError(
                code: "not_found", message: "The module `\(module)` was never enabled for `\(tenant.id)`.")
        }
        return found
    }

    static func writeInstance(_ enablement: HostDirectory.Enablement, into writer: inout JSONWriter) {
        writer.key("tenant")
        writer.string(enablement.tenant)
        writer.key("module")
        writer.string(enablement.module)
    }

    private static func writeUnknown(into writer: inout JSONWriter) {
        writer.key("state")
        writer.string("unknown")
        writer.key("pending")
        texts([], into: &writer)
        writer.key("message")
        writer.string("There is no bundle of this module.")
    }

    /// Migrations with what of them is destructive.
    static func write(_ migrations: [Migration], into writer: inout JSONWriter) {
        array(migrations, into: &writer) { migration, writer in
            writer.key("version")
            writer.int(migration.version)
            writer.key("name")
            writer.string(migration.name)
            writer.key("file")
            writer.string(migration.file)
            writer.key("destructive")
            texts(DestructiveStatement.find(in: migration).map(\.description), into: &writer)
        }
    }

    static func text(_ holder: MigrationLock.Holder) -> String {
        "The process \(holder.processID) runs the migrations at this moment."
    }
}
