import GantryCore
import GantryJSON
import GantryLoader
import Glibc

extension Administration {
    func listModules() throws -> String {
        var counts: [[String]: Int] = [:]
        for enablement in try directory.enablements() where enablement.isEnabled {
            counts[[enablement.module, try version(of: enablement) ?? ""], default: 0] += 1
        }
        return try Self.list(catalog.versions.sorted { $0.key < $1.key }.flatMap(\.value)) { definition, writer in
            let manifest = definition.manifest
            writer.key("id")
            writer.string(manifest.id)
            writer.key("version")
            writer.string(manifest.version)
            try writeIsolation(of: manifest.id, into: &writer)
            writer.key("routes")
            writer.int(manifest.routes.count)
            writer.key("tenants")
            writer.int(counts[[manifest.id, manifest.version]] ?? 0)
            writer.key("bundle")
            writer.string(definition.bundle.folder)
        }
    }

    func showModule(_ arguments: CommandArguments) throws -> String {
        let definition = try definition(arguments)
        let manifest = definition.manifest
        let enablements = try directory.enablements().filter { $0.module == manifest.id }
        return try Self.object { writer in
            writer.key("id")
            writer.string(manifest.id)
            writer.key("version")
            writer.string(manifest.version)
            writer.key("bundle")
            writer.string(definition.bundle.folder)
            writeSignature(of: definition, into: &writer)
            try writeWorkers(of: manifest.id, into: &writer)
            writer.key("capabilities")
            Self.texts(manifest.capabilities.map(\.rawValue).sorted(), into: &writer)
            writer.key("publishes")
            Self.texts(manifest.publishes, into: &writer)
            writer.key("subscribes")
            Self.texts(manifest.subscriptions.map(\.event), into: &writer)
            writer.key("jobs")
            Self.texts(manifest.jobs, into: &writer)
            writer.key("exports")
            Self.texts(manifest.exports.map(\.declaration.description), into: &writer)
            writer.key("imports")
            Self.texts(manifest.imports.map(\.declaration.description), into: &writer)
            writer.key("routes")
            Self.array(manifest.routes, into: &writer) { route, writer in
                Self.write(route, mount: "", into: &writer)
            }
            writer.key("tenants")
            try Self.array(enablements, into: &writer) { enablement, writer in
                writer.key("tenant")
                writer.string(enablement.tenant)
                let version = try version(of: enablement)
                writer.key("version")
                writer.string(version)
                writer.key("behind")
                writer.bool(version != nil && version != manifest.version)
                writeState(of: enablement, into: &writer)
            }
        }
    }

    /// The version that a tenant is on, or will be on when the module is first started; nil when there is no bundle.
    func version(of enablement: HostDirectory.Enablement) throws -> String? {
        let pin = try directory.pin(enablement.place)
        return catalog.served(enablement.module, on: pin?.version)?.manifest.version ?? pin?.version
    }

    func enableModule(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let definition = try definition(arguments)
        let mount = arguments.values["mount"] ?? ""
        guard mount.isEmpty || (mount.hasPrefix("/") && !mount.hasSuffix("/")) else {
            throw AdministrationError(code: "invalid", message: "A mount begins with `/` and does not end with one.")
        }
        let configuration = arguments.values["configuration"] ?? "{}"
        let document = try? JSONDocument(Array(configuration.utf8))
        guard document?.withRoot({ $0.kind == .object }) == true else {
            throw AdministrationError(code: "invalid", message: "The configuration must be a JSON object.")
        }
        let kept = try directory.enablements(tenant: tenant.id).first { $0.module == definition.manifest.id }
        let enablement = HostDirectory.Enablement(
            tenant: tenant.id, module: definition.manifest.id, isEnabled: true, configuration: configuration,
            limits: kept?.limits ?? "{}", mount: mount)
        do { try definition.checkConfiguration(configuration) } catch let error as HostError {
            throw AdministrationError(code: "invalid", message: error.message)
        }
        try supervisor?.checkRoutes(with: enablement)
        try checkServices(with: definition, for: tenant.id)
        // Started first: what cannot be started leaves nothing behind, and a module that ends the whole process does
        // not do so again at the next start.
        try forgetMissingDatabase(of: enablement)
        try supervisor?.start(enablement)
        try directory.save(enablement)
        try supervisor?.goOn(tenant: tenant.id)
        return Self.object { writer in
            writer.key("tenant")
            writer.string(tenant.id)
            writer.key("module")
            writer.string(enablement.module)
            writeState(of: enablement, into: &writer)
        }
    }

    /// Throws when a module is not what it and the tenant's other modules expect of each other.
    private func checkServices(with definition: ModuleDefinition, for tenant: String) throws {
        let present = try directory.enablements(tenant: tenant).filter(\.isEnabled)
            .compactMap { catalog.definitions[$0.module]?.manifest }
        let problems = ServiceGraph.problems(of: present, with: definition.manifest)
        if problems.isEmpty { return }
        throw AdministrationError(
            code: "services", message: problems.map(\.message).joined(separator: " "))
    }

    /// Whoever enables a module whose database is gone wants it to begin with an empty one.
    private func forgetMissingDatabase(of enablement: HostDirectory.Enablement) throws {
        let place = HostDirectory.Place(tenant: enablement.tenant, module: enablement.module)
        let path = folder.databasePath(tenant: place.tenant, module: place.module)
        guard supervisor?.database(tenant: place.tenant, module: place.module) == nil, access(path, F_OK) != 0,
            try directory.databaseRecord(place) != nil
        else { return }
        try directory.forgetDatabase(place)
    }

    func disableModule(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments)
        let module = try arguments.required("module")
        guard var enablement = try directory.enablements(tenant: tenant.id).first(where: { $0.module == module }) else {
            throw AdministrationError(
                code: "not_found", message: "The module `\(module)` was never enabled for `\(tenant.id)`.")
        }
        enablement.isEnabled = false
        try directory.save(enablement)
        try supervisor?.stop(tenant: tenant.id, module: module)
        return Self.object { writer in
            writer.key("tenant")
            writer.string(tenant.id)
            writer.key("module")
            writer.string(module)
            writer.key("state")
            writer.string("disabled")
            writer.key("message")
            writer.string("Routes, subscriptions and jobs have stopped. The data is kept.")
        }
    }

    func listRoutes(_ arguments: CommandArguments) throws -> String {
        let tenant = try arguments.values["tenant"] == nil ? nil : self.tenant(arguments)
        let enablements = try directory.enablements(tenant: tenant?.id).filter(\.isEnabled)
        let routes = enablements.flatMap { enablement in
            (catalog.definitions[enablement.module]?.manifest.routes ?? []).map { (enablement, $0) }
        }
        return Self.list(routes) { entry, writer in
            writer.key("tenant")
            writer.string(entry.0.tenant)
            Self.write(entry.1, mount: entry.0.mount, into: &writer)
            writer.key("module")
            writer.string(entry.0.module)
        }
    }

    func definition(_ arguments: CommandArguments) throws -> ModuleDefinition {
        do { return try catalog.definition(arguments.required("module")) } catch let error as HostError {
            throw AdministrationError(code: "not_found", message: error.message)
        }
    }

    private static func write(_ route: Manifest.Route, mount: String, into writer: inout JSONWriter) {
        writer.key("method")
        writer.string(route.method)
        writer.key("path")
        writer.string(mount + route.path)
        writer.key("operation")
        writer.string(route.operation)
        writer.key("execution")
        writer.string(route.execution.rawValue)
        writer.key("role")
        writer.string(route.role.rawValue)
    }
}
