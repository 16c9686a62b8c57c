import GantryCore
import GantryIdentity

/// What the accounts of all tenants need of the host. Any thread.
final class AccountServices: Sendable {
    let directory: HostDirectory
    /// What accounts may do.
    let index: AccountIndex
    /// Tokens by which administrators act as somebody else.
    let impersonations = Impersonations()
    /// How long such a token is good unless somebody asks for less.
    let lifetimeSeconds: Int64

    /// The environment's variable, and a tenant's secret of the module `platform`, that such tokens are signed with.
    static let secretName = "JWT_SECRET"
    private static let lifetimeName = "IMPERSONATION_TTL_SECONDS"
    static let lifetimes: ClosedRange<Int64> = 60...86_400

    /// Reads what is stored. Throws `ConfigurationError` when the environment makes no sense.
    init(directory: HostDirectory, defaultTenant: String, environment: (String) -> String?, nowMilliseconds: Int64)
        throws
    {
        self.directory = directory
        index = AccountIndex(try directory.accountStandings(), defaultTenant: defaultTenant)
        if let text = environment(Self.lifetimeName), !text.isEmpty {
            guard let seconds = Int64(text), Self.lifetimes.contains(seconds) else {
                throw ConfigurationError(
                    file: "environment", field: Self.lifetimeName, message: "A number from 60 to 86400 is needed.")
            }
            lifetimeSeconds = seconds
        } else {
            lifetimeSeconds = 3600
        }
        for record in try directory.impersonations(atMilliseconds: nowMilliseconds) { impersonations.adopt(record) }
    }
}
