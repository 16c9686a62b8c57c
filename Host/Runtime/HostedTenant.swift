import GantryCore
import GantryGateway
import GantryThreads

/// One tenant as the host serves it. Of one that nobody uses this is all there is: its id and a profile that it shares.
/// Any thread.
final class HostedTenant: TenantSource {
    private struct State {
        var profile: TenantProfile
        /// By module; made when something first wants the module.
        var slots: [String: InstanceSlot] = [:]
    }

    let id: String
    private let resources: InstanceResources
    private let state: Lock<State>

    init(id: String, profile: TenantProfile, resources: InstanceResources) {
        self.id = id
        self.resources = resources
        state = Lock(State(profile: profile))
    }

    var profile: TenantProfile { state.withLock { $0.profile } }

    /// The slot of a module, made when there was none; nil when the tenant has not enabled the module.
    func slot(_ module: String) -> InstanceSlot? {
        state.withLock { state in
            if let known = state.slots[module] { return known }
            guard let enabled = state.profile.module(module) else { return nil }
            let slot = InstanceSlot(enabled, of: self, resources: resources)
            state.slots[module] = slot
            return slot
        }
    }

    /// The slot of a module if something has wanted it before.
    func usedSlot(_ module: String) -> InstanceSlot? { state.withLock { $0.slots[module] } }

    /// The slots that something has wanted.
    var usedSlots: [InstanceSlot] { state.withLock { Array($0.slots.values) } }

    func source(of module: String) -> any ModuleSource { slot(module) ?? DisabledSource.shared }

    /// Replaces what is enabled.
    /// - Parameter slot: Takes its module's place, in the same moment.
    /// - Returns: the slots of modules that are not enabled any more, or in another way; they are to be ended.
    func replaceProfile(_ profile: TenantProfile, putting slot: InstanceSlot? = nil) -> [InstanceSlot] {
        state.withLock { state in
            state.profile = profile
            if let slot { state.slots[slot.module.id] = slot }
            var ended: [InstanceSlot] = []
            for (id, slot) in state.slots {
                if let module = profile.module(id), module.isEqual(to: slot.module) { continue }
                ended.append(slot)
                state.slots[id] = nil
            }
            return ended
        }
    }

    /// Takes the slot of a module out, for another one to take its place; it is to be ended.
    func removeSlot(_ module: String) -> InstanceSlot? { state.withLock { $0.slots.removeValue(forKey: module) } }

    /// Definition of a module that can be started; throws `HostError` saying why it cannot.
    func definition(of module: TenantProfile.Module) throws -> ModuleDefinition {
        if let conflict = profile.conflict { throw HostError(.configuration, "Tenant `\(id)`: \(conflict)") }
        if let definition = module.definition { return definition }
        let pin = try resources.directory.pin(HostDirectory.Place(tenant: id, module: module.id))
        // Says what was found instead.
        let found = try resources.catalog.current.definition(module.id)
        guard let pin, resources.catalog.current.served(module.id, on: pin.version) !== found else { return found }
        throw HostError(
            .bundle,
            "Tenant `\(id)` is on `\(module.id)` \(pin.version), of which there is no bundle; the newest there is has "
                + "version \(found.manifest.version). Put the bundle back, or go to that version with `gantry module "
                + "upgrade \(module.id) --to \(found.manifest.version) --tenants \(id) --allow-downgrade`.")
    }

    /// The way of a module's events to those of the tenant's modules that want them, not started yet; nil when it
    /// publishes none. All subscribers are known to the database when this returns, so that they miss nothing.
    func events(of publisher: RunningModule) -> TenantEvents? {
        guard publisher.publishes else { return nil }
        let wanted = subscribers(to: publisher.definition.manifest)
        return TenantEvents(
            publisher: publisher, subscribers: wanted.sorted().compactMap { slot($0) }, resources: resources)
    }

    /// The tenant's modules that want events of a publisher.
    func subscribers(to manifest: Manifest) -> Set<String> {
        var names: Set<String> = []
        for module in profile.modules {
            let subscriptions = module.definition?.manifest.subscriptions ?? []
            let wants = subscriptions.contains {
                manifest.publishes.contains($0.event) && $0.publisher ?? manifest.id == manifest.id
            }
            if wants { names.insert(module.id) }
        }
        return names
    }
}

/// Stands for a module that the tenant had enabled when the gateway's routes were made and has not any more.
private final class DisabledSource: ModuleSource {
    static let shared = DisabledSource()

    func isAvailable(atNanoseconds _: Int64) -> Bool { false }
    func enter() -> (any ModulePort)? { nil }
    func leave() {}
    func start(_ receive: @escaping @Sendable ((any ModuleSource)?) -> Void) { receive(nil) }
}
