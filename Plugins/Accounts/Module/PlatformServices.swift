import GantryKit

/// What the host does for whoever keeps its tenants' accounts: services of the provider `platform`, which need the
/// capability `accounts`.
enum PlatformServices {
    /// What is known of the caller besides the principal: a JSON object with `email`; `actor`, the real person behind a
    /// token of impersonation; and `token`, which names that token. Each is null where there is none.
    static let caller = Service<String>("platform.caller() -> string")
    /// When the caller's token was issued, in milliseconds since 1970; 0 where it does not say, and for a token of
    /// impersonation, which is nobody's login.
    static let issuedAt = Service<Int64>("platform.issued_at() -> i64")
    /// Tells the host what an account may do: its id, role, state (`active`, `inactive`, `removed`), and revision. What
    /// is older than what the host knows changes nothing. Holds from the next request on.
    static let setAccount = Service<Void, String, String, String, Int64>(
        "platform.set_account(string, string, string, i64)")
    /// Adds an entry to the tenant's chain of the audit log, once for each id: id, actor, action, target, and further
    /// facts as a JSON object of texts.
    static let recordAct = Service<Void, String, String, String, String, String>(
        "platform.record_act(string, string, string, string, string)")
    /// Makes a token that acts as a user: the user, his address or an empty text, and how many seconds it is good, 0
    /// for as long as the operator has set. `.unsupported` where no secret is set.
    static let impersonate = Service<String, String, String, Int64>(
        "platform.impersonate(string, string, i64) -> string")
    /// Ends the token of impersonation that the caller bears; false where he bears none.
    static let endImpersonation = Service<Bool>("platform.end_impersonation() -> bool")
    /// A page of the jobs of all modules: state or an empty text, how many to pass over, how many at most. A JSON
    /// object of `total` and `items`.
    static let jobs = Service<String, String, Int64, Int64>("platform.jobs(string, i64, i64) -> string")
    /// How many jobs wait, and have ended well and badly in the last 24 hours: a JSON list of three numbers.
    static let jobCounts = Service<String>("platform.job_counts() -> string")
    /// Queues a job again that was given up. A JSON object of `outcome` and `job`.
    static let retryJob = Service<String, String>("platform.retry_job(string) -> string")
}
