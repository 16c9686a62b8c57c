import GantryCore
import GantryThreads

extension Supervisor {
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
}
