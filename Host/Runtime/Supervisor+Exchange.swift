import GantryCore
import GantryThreads

extension Supervisor {
    /// Serves a tenant's module from the build that stands on disk now in the place of the one that it runs from,
    /// without a moment in between. Where none runs it is started as `start` does. When it throws, the tenant is
    /// served as before.
    func exchange(_ enablement: HostDirectory.Enablement) throws {
        guard state(tenant: enablement.tenant, module: enablement.module)?.name == "started",
            let served = servedDefinition(tenant: enablement.tenant, module: enablement.module),
            let found = catalog.served(enablement.module, on: served.manifest.version)
        else { return try start(enablement) }
        let settings = MoveSettings(allowsDestructive: true)
        let move: Move
        do {
            move = try self.move(tenant: enablement.tenant, module: enablement.module, to: found, settings)
        } catch {
            throw HostError(.bundle, "\(error) It goes on as it was before.")
        }
        move.drain(until: .after(Self.stopTime))
    }
}
