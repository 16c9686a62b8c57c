import GantryCore
import GantryThreads

extension Supervisor {
    /// A module that could not be started for a tenant.
    struct RestartFailure: Sendable {
        var tenant: String
        var message: String
    }

    /// Starts the module again for all tenants that have it enabled, where it is said to run now.
    func isolate(_ module: String) throws {
        try changing {
            for tenant in state.withLock({ Array($0.tenants.values) }) {
                guard let former = tenant.profile.module(module) else { continue }
                let next = profiles.module(former.enablement(tenant: tenant.id), catalog)
                if next.isEqual(to: former) { continue }
                let used = tenant.removeSlot(module)
                used?.end(until: .after(Self.stopTime))
                let others = tenant.profile.modules.filter { $0.id != module }
                try replace(tenant, with: profiles.profile(others + [next]))
                if used != nil { tenant.slot(module)?.start { _ in } }
                connectEvents(of: tenant)
            }
        }
    }

    /// Lets a module's workers start again at once, ends its instances that run, and starts those that something had
    /// wanted: of one tenant where one is named.
    func restart(_ module: String, tenant id: String?) throws -> [RestartFailure] {
        try changing {
            resources.fleet.forgive(module, tenant: id)
            var failures: [RestartFailure] = []
            let tenants = state.withLock { $0.tenants.values.filter { id == nil || $0.id == id } }
            for tenant in tenants.sorted(by: { $0.id < $1.id }) {
                guard let slot = tenant.usedSlot(module) else { continue }
                slot.stopForRestart()
                // What it did while it was being stopped is forgotten, too.
                resources.fleet.forgive(module, tenant: id)
                if !slot.startAndWait() {
                    let message = slot.failure?.message ?? "It is not enabled any more."
                    failures.append(RestartFailure(tenant: tenant.id, message: message))
                }
            }
            return failures
        }
    }
}
