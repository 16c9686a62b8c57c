import GantryCore
import GantryTelemetry

extension ModuleCatalog {
    /// Tells the log what bundles were refused or are doubtful, and whether signatures are asked for at all.
    func tell(_ log: Log, _ trust: Deployment.Trust) {
        switch trust.policy {
        case .off:
            log.write(
                .info, "Signatures of bundles are not looked at: whoever can write to a bundle runs code in this host.")
        case .warn, .required:
            log.write(
                .info, "Signatures of bundles are looked at.",
                fields: [LogField("policy", trust.policy.rawValue), LogField("store", trust.store ?? "")])
        }
        for (folder, fault) in faults.sorted(by: { $0.key < $1.key }) {
            log.write(.error, "A bundle cannot be used: \(fault)", fields: [LogField("bundle", folder)])
        }
        for (folder, remark) in remarks.sorted(by: { $0.key < $1.key }) {
            log.write(.warning, "A bundle is used, but: \(remark)", fields: [LogField("bundle", folder)])
        }
    }
}
