import AccountsModule
import GantryKit
import GantryKitTesting
import GantryThreads

/// The accounts module on a host for tests, with what the real host does for it.
final class AccountsUnderTest: Sendable {
    /// What the host was told.
    struct Told: Sendable {
        var standings: [String: String] = [:]
        var acts: [String] = []
    }

    /// What the host knows of the caller.
    struct Facts: Sendable {
        var email: String?
        var actor: String?
        var token: String?
        var issuedAt: Int64 = 0
    }

    let host: TestHost
    let facts = Lock(Facts())
    let told = Lock(Told())
    /// Whether the host refuses to hear anything, as if the process had died behind the commit.
    let isDeaf = Lock(false)

    init() throws {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        host = try TestHost(AccountsModule.self, bundle: "/\(source)/manifests/accounts")
        host.nowMilliseconds = 1_781_500_000_000
        provide()
    }

    private func provide() {
        host.provide(Service<String>("platform.caller() -> string")) { [self] in
            facts.withLock { facts in
                func text(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
                return "{\"email\":\(text(facts.email)),\"actor\":\(text(facts.actor)),\"token\":\(text(facts.token))}"
            }
        }
        host.provide(Service<String>("platform.job_counts() -> string")) { "[7,5,3]" }
        host.provide(Service<Int64>("platform.issued_at() -> i64")) { [self] in facts.withLock { $0.issuedAt } }
        host.provide(
            Service<Void, String, String, String, Int64>("platform.set_account(string, string, string, i64)")
        ) { [self] id, role, state, revision in
            if isDeaf.withLock({ $0 }) { throw HostError(.failed, message: "deaf") }
            told.withLock { $0.standings[id] = "\(role) \(state) \(revision)" }
        }
        host.provide(
            Service<Void, String, String, String, String, String>(
                "platform.record_act(string, string, string, string, string)")
        ) { [self] id, actor, action, target, _ in
            told.withLock { $0.acts.append("\(id) \(actor) \(action) \(target)") }
        }
    }

    /// Signs somebody in, so that there is an account with that role.
    func signIn(_ id: String, role: String = "user", email: String? = nil) throws {
        facts.withLock { $0.email = email }
        let reply = try host.call("getCurrentUser", as: .user(id, role: role))
        guard reply.status == 200 else { throw HostError(.failed, message: "\(reply)") }
    }

    /// The names of the events published so far, without those of new accounts.
    var events: [String] { host.published.map(\.type).filter { $0 != "user.created" } }
}
