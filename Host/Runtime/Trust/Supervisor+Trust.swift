import GantryCore
import GantryCryptography
import GantryIdentity
import GantryLoader
import GantryTelemetry
import GantryThreads

extension Supervisor {
    /// What a look at the signatures of running bundles has changed.
    struct TrustChange: Sendable {
        /// Instances that were ended.
        var withdrawn: [HostDirectory.Place] = []
        /// Instances that may start again.
        var readmitted: [HostDirectory.Place] = []
    }

    /// Holds what runs against the operator's trust as it is now: ends instances whose bundle was revoked, so that they
    /// answer 503, and lets those start again of which that is no longer so. Waits until they have ended.
    @discardableResult
    func enforceTrust() throws -> TrustChange {
        try changing {
            let trust = resources.catalog.trust
            var reasons: [ObjectIdentifier: String?] = [:]
            var change = TrustChange()
            var withdrawn: [InstanceSlot.Withdrawn] = []
            let slots = state.withLock { $0.tenants.values.flatMap(\.usedSlots) }
            for slot in slots {
                // A build is judged once, however many tenants run it.
                guard let definition = slot.definition else { continue }
                let known = reasons[ObjectIdentifier(definition)]
                let reason = known ?? trust.withdrawal(of: definition.bundle)
                reasons[ObjectIdentifier(definition)] = .some(reason)
                if let reason {
                    if let taken = slot.withdraw(because: reason) { withdrawn.append(taken) }
                } else if slot.readmit() {
                    change.readmitted.append(slot.place)
                    tell(slot, definition, "module.readmit", "Its bundle is trusted again.")
                    slot.start { _ in }
                }
            }
            BoundedCall.forEach(withdrawn, threadCount: 8) { $0.end() }
            for one in withdrawn {
                change.withdrawn.append(one.slot.place)
                if let definition = one.slot.definition { tell(one.slot, definition, "module.withdraw", one.reason) }
            }
            return change
        }
    }

    private func tell(_ slot: InstanceSlot, _ definition: ModuleDefinition, _ action: String, _ reason: String) {
        resources.log.write(
            .warning,
            action == "module.withdraw"
                ? "A module was ended, since its bundle is revoked." : "A module may start again.", scope: slot.scope,
            fields: [LogField("version", definition.manifest.version), LogField("reason", reason)])
        var act = AuditAct(tenant: slot.place.tenant, actor: .host, action: action, target: slot.place.module)
        act.details = [
            "version": definition.manifest.version, "digest": definition.bundle.seal?.digest.hexadecimal ?? "",
            "reason": reason,
        ]
        directory.audit.tell(act, resources.log)
    }
}

extension InstanceSlot {
    /// The build that runs in it, or would.
    var definition: ModuleDefinition? { runningModule?.definition ?? module.definition }
}

extension AuditLog {
    /// Tells of an act of the host's own that goes on without its entry; the log says so where that cannot be written.
    func tell(_ act: AuditAct, _ log: Log) {
        do { try record(act) } catch {
            log.write(
                .error, "The audit log cannot be written: \(error)",
                scope: LogScope(tenant: act.tenant, module: act.target))
        }
    }
}
