import GantryCore
import GantryGateway
import GantryJSON
import GantryLoader
import GantryStore
import GantryThreads

extension Administration {
    func planDeployment(_ arguments: CommandArguments) throws -> String {
        let file = try arguments.required("file")
        let deployment: Deployment
        do { deployment = try DeploymentFile.read(file) } catch let error as ConfigurationError {
            throw AdministrationError(code: "invalid", message: "\(error)")
        }
        return try DeploymentPlan.make(
            of: deployment, file: file, allowed: Self.grants(arguments.values["allow"] ?? ""), for: self
        ).json
    }

    /// Does one step of a plan. A step that was done before is done again without harm, so whoever was interrupted
    /// makes a new plan and goes on.
    func performStep(_ arguments: CommandArguments) throws -> String {
        let name = try arguments.required("action")
        guard let action = DeploymentPlan.Step.Action(rawValue: name) else {
            throw AdministrationError(code: "invalid", message: "There is no step `\(name)`.")
        }
        do {
            switch action {
            case .grant:
                let module = try arguments.required("module")
                if let declaration = arguments.values["declaration"] {
                    let key = HostDirectory.InstanceKey(tenant: arguments.values["tenant"] ?? "", module: module)
                    try grants.adopt(
                        declaration.isEmpty ? nil : DeclaredGrants(text: declaration), for: key,
                        former: try directory.declaredGrants()[key])
                    return Self.answer(tenant: key.tenant, module: module)
                }
                try grants.set(
                    (arguments.values["capabilities"] ?? "").split(separator: ",").map(String.init), for: module)
                return Self.answer(module: module)
            case .isolate:
                return try isolate(arguments)
            case .bundles:
                try findBundles(arguments)
                return Self.answer()
            case .tenant:
                return try changeTenant(arguments)
            case .stop:
                return try withdraw(arguments)
            case .start, .change, .upgrade:
                return try declare(arguments, exchanges: action == .upgrade)
            case .migrate:
                return try applyMigrations(arguments)
            }
        } catch let error as HostError {
            throw AdministrationError(code: "failed", message: error.message)
        }
    }

    /// `guestbook=database,events` on each line.
    private static func grants(_ text: String) throws -> [String: Set<String>] {
        var grants: [String: Set<String>] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            let capabilities = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
            if let unknown = capabilities.first(where: { Manifest.Capability(rawValue: $0) == nil }) {
                throw AdministrationError(code: "invalid", message: "There is no capability `\(unknown)`.")
            }
            guard let module = parts.first, !capabilities.isEmpty else {
                throw AdministrationError(
                    code: "invalid", message: "`\(line)` grants nothing; write <module>=<capability>,<capability>.")
            }
            grants[String(module), default: []].formUnion(capabilities)
        }
        return grants
    }

    private func findBundles(_ arguments: CommandArguments) throws {
        let folders = try arguments.required("folders").split(separator: "\n").map(String.init)
        try directory.setSetting("bundle_folders", folders.joined(separator: "\n"))
        if let text = arguments.values["trust"] {
            guard let settings = Deployment.Trust(text: text) else {
                throw AdministrationError(code: "invalid", message: "What the step says of trust cannot be read.")
            }
            try sharedCatalog.trust.adopt(settings)
        }
        sharedCatalog.replace(with: ModuleCatalog(folders: folders, trust: sharedCatalog.trust))
        try supervisor?.enforceTrust()
    }

    private func changeTenant(_ arguments: CommandArguments) throws -> String {
        let id = try arguments.required("tenant")
        let hosts = (arguments.values["hosts"] ?? "").split(separator: "\n").map(String.init)
        let formerOwners = try directory.tenants().filter {
            $0.id != id && !$0.hosts.allSatisfy { !hosts.contains($0) }
        }
        _ = try directory.insertTenant(
            id: id, name: arguments.values["name"] ?? id, atMilliseconds: systemWallClock())
        try directory.setHosts(hosts, tenant: id)
        try directory.setSettings(Self.settings(arguments.values["settings"] ?? ""), tenant: id)
        // In one go, since for a moment both would claim the name.
        try supervisor?.show(tenants: formerOwners.map(\.id) + [id])
        return Self.answer(tenant: id)
    }

    private func withdraw(_ arguments: CommandArguments) throws -> String {
        let key = HostDirectory.InstanceKey(
            tenant: try arguments.required("tenant"), module: try arguments.required("module"))
        if try directory.withdraw(key) != nil { try supervisor?.stop(tenant: key.tenant, module: key.module) }
        return Self.answer(tenant: key.tenant, module: key.module)
    }

    /// - Parameter exchanges: Whether nothing changes but the build, which then takes over without a gap.
    private func declare(_ arguments: CommandArguments, exchanges: Bool) throws -> String {
        let tenant = try tenant(arguments)
        let enablement = HostDirectory.Enablement(
            tenant: tenant.id, module: try arguments.required("module"), isEnabled: true,
            configuration: arguments.values["configuration"] ?? "{}", limits: arguments.values["limits"] ?? "{}",
            mount: arguments.values["mount"] ?? "")
        let definition = try firstDefinition(enablement, arguments.values["version"])
        try definition.checkConfiguration(enablement.configuration)
        try grants.admit(definition.manifest, tenant: tenant.id)
        try supervisor?.checkRoutes(with: enablement)
        return try report(on: enablement) {
            // Started before it is noted, so that what cannot be started leaves nothing behind.
            if let supervisor {
                try exchanges ? supervisor.exchange(enablement) : supervisor.start(enablement)
            } else {
                try migrate(enablement)
            }
            try directory.declare(enablement)
            try supervisor?.goOn(tenant: tenant.id)
        }
    }

    /// The build that a tenant is served from; where it is on no version yet, that of the version that is named.
    private func firstDefinition(
        _ enablement: HostDirectory.Enablement, _ version: String?
    ) throws -> ModuleDefinition {
        if let pin = try directory.pin(enablement.place) {
            return try catalog.served(enablement.module, on: pin.version) ?? catalog.definition(enablement.module)
        }
        guard let version else { return try catalog.definition(enablement.module) }
        guard let definition = catalog.definition(enablement.module, version: version) else {
            throw HostError(.bundle, "There is no bundle of `\(enablement.module)` \(version).")
        }
        try directory.setPin(HostDirectory.Pin(version: version), enablement.place)
        return definition
    }

    /// `NAME=value` on each line; a value has no line break.
    private static func settings(_ text: String) -> [String: String] {
        var settings: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            settings[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return settings
    }

    static func answer(tenant: String? = nil, module: String? = nil) -> String {
        object { writer in
            writer.key("tenant")
            writer.string(tenant)
            writer.key("module")
            writer.string(module)
        }
    }
}

extension DeploymentPlan {
    /// Looks at the folder, the bundles and the databases, and plans.
    static func make(
        of deployment: Deployment, file: String, allowed: [String: Set<String>], for administration: Administration
    ) throws -> DeploymentPlan {
        var deployment = deployment
        deployment.bundleFolders = deployment.bundleFolders.map(DeploymentFile.absolute)
        let present = administration.catalog
        let trust = BundleTrust(deployment.trust, directory: administration.directory)
        let found = ModuleCatalog(folders: deployment.bundleFolders, trust: trust).keeping(present)
        let directory = administration.directory
        let supervisor = administration.supervisor
        let enablements = try directory.enablements()
        var grants: [String: Set<String>] = [:]
        let modules = Set(enablements.map(\.module)).union(found.definitions.keys).union(deployment.grants.keys)
        for module in modules { grants[module] = administration.grants.granted(to: module) }
        var isolations: [String: Deployment.Isolation] = [:]
        for module in modules { isolations[module] = try administration.isolations.isolation(of: module) }
        var agreeing: Set<[String]> = []
        var situation = DeploymentPlanner.Situation(
            isRunning: supervisor != nil, tenants: try directory.tenants(), enablements: enablements,
            declarations: try directory.declarations(), grants: grants,
            isolations: isolations, bundleFolders: present.folders.map(DeploymentFile.absolute), catalog: found,
            presentCatalog: present, presentTrust: administration.sharedCatalog.trust.settings,
            failure: { enablement in
                let state = supervisor?.state(tenant: enablement.tenant, module: enablement.module)
                return state?.name == "failed" ? state?.message ?? "no reason was given" : nil
            },
            version: { try? directory.pin($0.place)?.version },
            runsOtherBuild: { enablement in
                let served = supervisor?.servedDefinition(tenant: enablement.tenant, module: enablement.module)
                guard let served, let found = found.served(enablement.module, on: served.manifest.version) else {
                    return false
                }
                return served.fingerprint != found.fingerprint
            },
            outlook: { administration.indexedOutlook(of: $0, in: found) },
            missingSecrets: { administration.missingSecrets(of: $0, $1) },
            routeConflict: { tenant, enablements in
                // Routes depend on modules and mounts only, and many tenants have the same.
                let key = enablements.map { "\($0.module) \($0.mount)" }
                if agreeing.contains(key) { return nil }
                let conflict = routeConflict(tenant, enablements, found, administration.pool)
                if conflict == nil { agreeing.insert(key) }
                return conflict
            })
        situation.declaredGrants = try directory.declaredGrants()
        for module in modules {
            situation.withdrawn[module] = administration.grants.withdrawn(from: module)
            for grant in administration.grants.decisions(of: module) where !grant.tenant.isEmpty {
                let key = HostDirectory.InstanceKey(tenant: grant.tenant, module: module)
                situation.tenantRights[key, default: []].insert(grant.right)
            }
        }
        return DeploymentPlanner.plan(deployment, file: file, situation: situation, allowed: allowed)
    }

    private static func routeConflict(
        _ tenant: String, _ enablements: [HostDirectory.Enablement], _ catalog: ModuleCatalog, _ pool: ThreadPool
    ) -> String? {
        let modules = enablements.compactMap { enablement in
            catalog.definitions[enablement.module].map { definition in
                EnabledModule(
                    manifest: definition.manifest, contract: definition.contract, instance: nil,
                    limits: LimitsText.limits(enablement.limits), mount: enablement.mount)
            }
        }
        return RouteCheck.conflict(in: TenantEntry(id: tenant, modules: modules), pool: pool)?.message
    }
}
