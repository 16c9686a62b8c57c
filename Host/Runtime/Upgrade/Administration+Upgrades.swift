import GantryCore
import GantryLoader

extension Administration {
    /// Begins to move tenants to another version of a module, or goes on with what was interrupted, and answers at
    /// once; `module.upgrade-status` tells how far it is.
    func upgradeModule(_ arguments: CommandArguments) throws -> String {
        let module = try arguments.required("module")
        guard let supervisor else {
            throw AdministrationError(
                code: "conflict",
                message: "An upgrade moves tenants while they are served, and no host runs on this folder.")
        }
        // The operator's word goes before what the host remembers of signed builds.
        if arguments.values["allow-downgrade"] == "yes", let version = arguments.values["to"], !version.isEmpty {
            _ = try sharedCatalog.trust.allowDowngrade(of: module, to: version)
        }
        // A bundle that was only just put there is found.
        sharedCatalog.replace(with: ModuleCatalog(folders: catalog.folders, trust: sharedCatalog.trust))
        var settings = try UpgradeSettings(arguments.values)
        var wanted = arguments.values["to"].flatMap { $0.isEmpty ? nil : $0 }
        let isResumed = arguments.values["resume"] == "yes"
        if isResumed {
            guard let kept = try directory.upgrade(of: module) else {
                throw AdministrationError(code: "not_found", message: "There was no upgrade of `\(module)` yet.")
            }
            settings = try UpgradeSettings(text: kept.settings)
            wanted = wanted ?? kept.version
        }
        return try supervisor.upgrades.begin(
            target(module, wanted), settings, isResumed: isResumed, on: supervisor
        ).json
    }

    func showUpgrade(_ arguments: CommandArguments) throws -> String {
        let module = try arguments.required("module")
        if let progress = supervisor?.upgrades.progress(of: module) { return progress.json }
        guard let kept = try directory.upgrade(of: module) else {
            throw AdministrationError(code: "not_found", message: "There was no upgrade of `\(module)` yet.")
        }
        // Of one that was under way when the process ended nobody could note that.
        let state = UpgradeProgress.State(rawValue: kept.state) ?? .interrupted
        var progress = UpgradeProgress(module: module, version: kept.version)
        progress.state = state == .running ? .interrupted : state
        progress.message = state == .running ? "The host ended meanwhile; `--resume` goes on." : kept.message
        let settings = try UpgradeSettings(text: kept.settings)
        for enablement in try directory.enablements() where enablement.module == module && enablement.isEnabled {
            guard settings.tenants?.contains(enablement.tenant) ?? true else { continue }
            let version = try directory.pin(enablement.place)?.version ?? ""
            progress.steps.append(
                UpgradeProgress.Step(
                    tenant: enablement.tenant, from: version, state: version == kept.version ? .moved : .waiting))
        }
        return progress.json
    }

    /// The build that is meant by a version or by the folder of a bundle; the newest where neither is given.
    private func target(_ module: String, _ wanted: String?) throws -> ModuleDefinition {
        let versions = catalog.versions[module] ?? []
        guard let wanted else {
            if let newest = versions.last { return newest }
            do { return try catalog.definition(module) } catch {
                throw AdministrationError(code: "not_found", message: "\(error)")
            }
        }
        let folder = wanted.contains("/") ? DeploymentFile.absolute(wanted) : nil
        let found = versions.first { definition in
            folder.map { DeploymentFile.absolute(definition.bundle.folder) == $0 }
                ?? (definition.manifest.version == wanted)
        }
        if let found { return found }
        let fault =
            catalog.faults.first { $0.key == folder || $0.value.contains("`\(module)` \(wanted) ") }?.value
            ?? catalog.fault(of: module, version: wanted)
        let known = versions.map(\.manifest.version).joined(separator: ", ")
        throw AdministrationError(
            code: "not_found",
            message: fault
                ?? "There is no bundle of `\(module)` \(wanted) in \(catalog.folders.joined(separator: ", ")). "
                + "Found: \(known.isEmpty ? "none" : known).")
    }
}
