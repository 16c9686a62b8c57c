import GantryCore
import GantryJSON
import GantryThreads

extension Administration {
    /// Gives a secret a value; the answer does not hold it.
    func setSecret(_ arguments: CommandArguments) throws -> String {
        let place = try secretPlace(arguments)
        let value = try arguments.required("value")
        guard value.utf8.count <= SecretVault.maximumValueBytes else {
            throw AdministrationError(
                code: "invalid", message: "A secret has at most \(SecretVault.maximumValueBytes) bytes.")
        }
        if place.module == IssuerSetup.module, IssuerSetup.signingSecretNames.contains(place.name),
            value.utf8.count < IssuerSetup.minimumSecretBytes
        {
            throw AdministrationError(
                code: "invalid",
                message: "A secret that tokens are signed with has at least \(IssuerSetup.minimumSecretBytes) bytes.")
        }
        let now = systemWallClock()
        try vault.set(place.name, value, tenant: place.tenant, module: place.module, atMilliseconds: now)
        try noteSecret(of: place.module)
        return Self.object { writer in
            for (key, text) in [("name", place.name), ("tenant", place.tenant), ("module", place.module)] {
                writer.key(key)
                writer.string(text)
            }
            writer.key("updated")
            writer.timestamp(milliseconds: now)
        }
    }

    /// Takes a secret's value away.
    func unsetSecret(_ arguments: CommandArguments) throws -> String {
        let place = try secretPlace(arguments)
        guard try vault.unset(place.name, tenant: place.tenant, module: place.module) else {
            throw AdministrationError(
                code: "not_found",
                message: "`\(place.module)` has no secret `\(place.name)` for tenant `\(place.tenant)`.")
        }
        try noteSecret(of: place.module)
        return Self.object { writer in
            writer.key("name")
            writer.string(place.name)
            writer.key("set")
            writer.bool(false)
        }
    }

    /// The secrets that a module declares and those that are kept, without their values.
    func listSecrets(_ arguments: CommandArguments) throws -> String {
        let tenant = try tenant(arguments).id
        let module = try arguments.required("module")
        let declared = try declaredSecrets(module)
        let times = try directory.secretTimes(tenant: tenant, module: module)
        let names = declared.map(\.name) + times.keys.sorted().filter { name in !declared.contains { $0.name == name } }
        return Self.list(names) { name, writer in
            writer.key("name")
            writer.string(name)
            writer.key("required")
            writer.bool(declared.first { $0.name == name }?.isRequired ?? false)
            writer.key("declared")
            writer.bool(declared.contains { $0.name == name })
            writer.key("updated")
            if let time = times[name] { writer.timestamp(milliseconds: time) } else { writer.null() }
        }
    }

    /// The required secrets that are not set, in the order of the manifest.
    func missingSecrets(of enablement: HostDirectory.Enablement, _ manifest: Manifest) -> [String] {
        let required = manifest.secrets.filter(\.isRequired).map(\.name)
        if required.isEmpty { return [] }
        let times = (try? directory.secretTimes(tenant: enablement.tenant, module: enablement.module)) ?? [:]
        return required.filter { times[$0] == nil }
    }

    /// What may be set for a module, or for the platform itself.
    private func declaredSecrets(_ module: String) throws -> [(name: String, isRequired: Bool)] {
        if module == IssuerSetup.module {
            return (IssuerSetup.secretNames + [BlobSetup.signingSecretName]).map { ($0, false) }
        }
        return try catalog.definition(module).manifest.secrets.map { ($0.name, $0.isRequired) }
    }

    /// Modules ask for their secrets themselves; who signs tokens has to be known before the next request.
    private func noteSecret(of module: String) throws {
        if module == IssuerSetup.module { try supervisor?.resources.services.issuers.load() }
    }

    private func secretPlace(
        _ arguments: CommandArguments
    ) throws -> (name: String, tenant: String, module: String) {
        let tenant = try tenant(arguments).id
        let (module, name) = (try arguments.required("module"), try arguments.required("name"))
        // One that is no longer declared can still be removed.
        if arguments.command == "secret.set",
            try !declaredSecrets(module).contains(where: { $0.name == name })
        {
            let known = try declaredSecrets(module).map(\.name).joined(separator: ", ")
            throw AdministrationError(
                code: "not_found",
                message: "`\(module)` declares no secret `\(name)`. Declared: \(known.isEmpty ? "none" : known).")
        }
        return (name, tenant, module)
    }
}
