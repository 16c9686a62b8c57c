import GantryCryptography
import GantryGateway
import GantryStore
import GantryThreads

/// What sister services within the trust boundary ask for: the tenants, and taking in what the auth service tells.
final class SisterServices: InternalRoutes {
    private let directory: HostDirectory
    private let defaultTenant: String
    private let wake = Lock<(@Sendable (String) -> Void)?>(nil)

    init(directory: HostDirectory, defaultTenant: String) {
        self.directory = directory
        self.defaultTenant = defaultTenant
    }

    /// The digest of the secret that they show, from the environment; nil where none is set.
    static func secret(_ environment: [String: String]) -> Digest256? {
        guard let secret = environment["INTERNAL_API_TOKEN"], !secret.isEmpty else { return nil }
        return Cryptography.sha256(secret)
    }

    /// Says how modules of a tenant learn that there is something to tell them. Before that it waits in `host.db`.
    func setWaking(_ wake: @escaping @Sendable (String) -> Void) { self.wake.withLock { $0 = wake } }

    func organisations() throws -> [Organisation] {
        try directory.tenants().compactMap { tenant in
            TenantEntry.Status(rawValue: tenant.status).map {
                Organisation(id: tenant.id, name: tenant.name, status: $0)
            }
        }
    }

    func take(_ notice: UserNotice) throws -> NoticeOutcome {
        let (outcome, told) = try directory.take(
            notice, defaultTenant: defaultTenant, atMilliseconds: systemWallClock())
        let wake = wake.withLock { $0 }
        for tenant in told { wake?(tenant) }
        return outcome
    }
}
