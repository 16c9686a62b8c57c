import GantryCore
import GantryIdentity
import Glibc

/// What the audit log tells of a start of the host.
enum HostStartAct {
    static func act(of deployment: Deployment) -> AuditAct {
        AuditAct(
            tenant: nil, actor: .operator(user: geteuid()), action: "host.start", target: deployment.listen,
            details: ["version": Host.version, "process": "\(getpid())"])
    }
}
