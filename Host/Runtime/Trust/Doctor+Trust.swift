import GantryCore
import GantrySignatures

extension Doctor {
    /// What the deployment says of signatures, and whether the store can be used.
    static func trustFinding(_ trust: Deployment.Trust) -> Finding {
        guard trust.policy != .off else {
            return Finding(
                subject: "trust", isGood: true,
                message: "signatures of bundles are not looked at: whoever can write to a bundle runs code in the host")
        }
        do {
            let certificates = try TrustFiles.store(trust).summaries()
            let names = certificates.map(\.subject).joined(separator: "; ")
            return Finding(
                subject: "trust", isGood: true,
                message: "\(trust.policy == .required ? "only" : "warns of all but") bundles that \(names) vouches for")
        } catch {
            return Finding(subject: "trust", isGood: false, message: "\(error)")
        }
    }
}
