import GantryCore
import GantryCryptography
import GantryEvents
import GantryIdentity
import GantryJSON
import GantryLoader
import GantryStore
import GantryThreads

/// The host's services for the module that keeps a tenant's accounts, as one instance reaches them.
final class PlatformAdapter: PlatformPort {
    private static let maximumNameBytes = 256

    private let accounts: AccountServices
    private let jobs: JobBoard
    private let tenant: String

    init(accounts: AccountServices, jobs: JobBoard, tenant: String) {
        self.accounts = accounts
        self.jobs = jobs
        self.tenant = tenant
    }

    func serve(
        _ service: PlatformService, _ arguments: [PlatformValue], caller: Principal?
    ) throws(PortOutcome) -> PlatformValue? {
        switch service {
        case .caller: return .text(Self.facts(caller))
        case .issuedAt:
            let isLogin = caller?.user.actor.isEmpty == true
            return .number(isLogin ? caller?.user.issuedAtMilliseconds ?? 0 : 0)
        case .setAccount:
            try setAccount(arguments)
            return nil
        case .recordAct:
            try recordAct(arguments)
            return nil
        case .impersonate: return .text(try impersonate(arguments, caller))
        case .jobs:
            let state = JobHistory.State(rawValue: arguments[0].text)
            let (skip, limit) = (arguments[1].number, arguments[2].number)
            guard skip >= 0, (0...1000).contains(limit), state != nil || arguments[0].text.isEmpty else {
                throw PortOutcome(.invalid, message: "State or page are none.")
            }
            return .text(
                try answered { try jobs.page(tenant: tenant, state: state, skip: skip, limit: limit) })
        case .jobCounts: return .text(try answered { try jobs.counts(tenant: tenant) })
        case .retryJob: return .text(try answered { try jobs.retry(arguments[0].text, tenant: tenant) })
        case .endImpersonation: return .number(try endImpersonation(caller) ? 1 : 0)
        }
    }

    private static func facts(_ caller: Principal?) -> String {
        func text(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.key("email")
        writer.string(text(caller?.user.email))
        writer.key("actor")
        writer.string(text(caller?.user.actor))
        writer.key("token")
        writer.string(text(caller?.user.impersonation))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func setAccount(_ arguments: [PlatformValue]) throws(PortOutcome) {
        guard let role = Role(rawValue: arguments[1].text), role != .public,
            let state = AccountStanding.State(rawValue: arguments[2].text), !arguments[0].text.isEmpty,
            arguments[0].text.utf8.count <= Self.maximumNameBytes
        else { throw PortOutcome(.invalid, message: "Id, role or state of the account are none.") }
        let standing = AccountStanding(
            tenant: tenant, user: arguments[0].text, role: role, state: state, revision: arguments[3].number)
        let ended = try stored { () throws(StoreError) in try accounts.directory.save(standing) }
        accounts.index.adopt(standing)
        accounts.impersonations.end(ended, nowMilliseconds: systemWallClock())
    }

    private func recordAct(_ arguments: [PlatformValue]) throws(PortOutcome) {
        var details: [String: String] = [:]
        let isObject = (try? JSONDocument(Array(arguments[4].text.utf8)))?
            .withRoot { root in
                for member in root.members.prefix(AuditAct.maximumDetails) {
                    let value = member.value
                    details[member.name.string ?? ""] =
                        value.string ?? String(decoding: value.jsonBytes, as: UTF8.self)
                }
                return root.kind == .object
            }
        guard isObject == true, !arguments[0].text.isEmpty, arguments[0].text.utf8.count <= Self.maximumNameBytes else {
            throw PortOutcome(.invalid, message: "An act needs an id, and an object of facts.")
        }
        let act = AuditAct(
            tenant: tenant, actor: .principal(kind: "user", subject: arguments[1].text), action: arguments[2].text,
            target: arguments[3].text, details: details)
        try stored { () throws(StoreError) in
            try accounts.directory.record(act, id: arguments[0].text, tenant: tenant)
        }
    }

    private func impersonate(_ arguments: [PlatformValue], _ caller: Principal?) throws(PortOutcome) -> String {
        guard let caller, caller.kind == .user, caller.user.actor.isEmpty else {
            throw PortOutcome(.denied, message: "Only a user who acts for himself can act as another.")
        }
        let wanted = arguments[2].number
        guard wanted == 0 || AccountServices.lifetimes.contains(wanted) else {
            throw PortOutcome(.invalid, message: "Nobody acts as another for so long, or so short.")
        }
        let now = systemWallClock()
        // Tokens tell their end in whole seconds.
        let end = (now / 1000 + (wanted == 0 ? accounts.lifetimeSeconds : wanted)) * 1000
        let record = ImpersonationRecord(
            id: UUIDText.random(), tenant: tenant, user: arguments[0].text, actor: caller.subject,
            expiresAtMilliseconds: end)
        let email = arguments[1].text
        guard
            let token = accounts.impersonations.mint(
                record, email: email.isEmpty ? nil : email, nowMilliseconds: now)
        else {
            throw PortOutcome(.unsupported, message: "`\(AccountServices.secretName)` is not set.")
        }
        try stored { () throws(StoreError) in try accounts.directory.insert(record, atMilliseconds: now) }
        accounts.impersonations.adopt(record)
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.key("id")
        writer.string(record.id)
        writer.key("token")
        writer.string(token)
        writer.key("expires_at")
        writer.int(end)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func endImpersonation(_ caller: Principal?) throws(PortOutcome) -> Bool {
        guard let id = caller?.user.impersonation, !id.isEmpty else { return false }
        try stored { () throws(StoreError) in try accounts.directory.endImpersonation(id: id, tenant: tenant) }
        accounts.impersonations.end([id], nowMilliseconds: systemWallClock())
        return true
    }

    private func answered(_ body: () throws -> String) throws(PortOutcome) -> String {
        do { return try body() } catch {
            throw PortOutcome(.failed, message: "The tenant's jobs cannot be reached: \(error)")
        }
    }

    private func stored<Value>(_ body: () throws(StoreError) -> Value) throws(PortOutcome) -> Value {
        do throws(StoreError) { return try body() } catch {
            throw PortOutcome(.failed, message: "What belongs to the account could not be stored: \(error.message)")
        }
    }
}
