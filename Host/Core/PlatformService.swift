/// Services of the host itself, for the module that keeps its tenants' accounts. They are imported like those of other
/// modules, from the provider `platform`, and need the capability `accounts`.
///
/// They are functions by name and type, so that one more is no change of the interface's tables.
public enum PlatformService: String, Sendable, CaseIterable {
    /// What is known of the caller besides the principal, as a JSON object: `email`; `actor`, the real person behind a
    /// token of impersonation; and `token`, which names that token. Each is null where there is none.
    case caller = "platform.caller() -> string"
    /// When the caller's token was issued, in milliseconds since 1970; 0 where it does not say, and for a token of
    /// impersonation.
    case issuedAt = "platform.issued_at() -> i64"
    /// What an account may do from the next request on: its id, role, state (`active`, `inactive`, `removed`), and
    /// revision. One that is no higher than what the host knows changes nothing.
    case setAccount = "platform.set_account(string, string, string, i64)"
    /// An entry of the tenant's audit log, once for each id: id, actor, action, target, facts as a JSON object.
    case recordAct = "platform.record_act(string, string, string, string, string)"
    /// A token that acts as a user: the user, his address or an empty text, and how many seconds it is good, 0 for as
    /// long as the operator has set. Gives a JSON object of `id`, `token` and `expires_at`, milliseconds since 1970.
    case impersonate = "platform.impersonate(string, string, i64) -> string"
    /// Ends the token of impersonation that the caller bears; false where he bears none.
    case endImpersonation = "platform.end_impersonation() -> bool"
    /// Background jobs of all modules of the tenant, the newest first: state (`queued`, `running`, `failed`,
    /// `completed`) or an empty text, how many to pass over, how many at most. Gives a JSON object of `total` and
    /// `items`.
    case jobs = "platform.jobs(string, i64, i64) -> string"
    /// How many jobs wait, and how many have ended well and badly in the last 24 hours: a JSON list of three numbers.
    case jobCounts = "platform.job_counts() -> string"
    /// Queues a job again that was given up: its id. Gives a JSON object of `outcome` (`queued`, `unknown`,
    /// `not_failed`, `module_disabled`) and `job`.
    case retryJob = "platform.retry_job(string) -> string"

    /// What the services are imported from. No module can be called so.
    public static let provider = "platform"

    private static let byText = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// The service that is declared so; nil for a declaration of a module's, and for one that the host does not have.
    public init?(_ declaration: ServiceDeclaration) {
        guard let known = Self.byText[declaration.description] else { return nil }
        self = known
    }

    /// Whether it may wait for the disk.
    public var mayWait: Bool {
        switch self {
        case .caller, .issuedAt: false
        default: true
        }
    }
}
