import GantryCache
import GantryCore
import GantryIdentity
import GantryLoader
import GantryTelemetry
import GantryThreads

/// The cache as the interface's table reaches it.
final class CacheAdapter: CachePort {
    let space: CacheSpace

    init(space: CacheSpace) { self.space = space }

    func value(_ key: [UInt8]) -> [UInt8]? { space.value(key) }

    func set(_ key: [UInt8], _ value: [UInt8], lifetimeMilliseconds: Int64) throws(PortOutcome) {
        do throws(CacheSpace.Refusal) {
            try space.set(key, value, lifetimeMilliseconds: lifetimeMilliseconds)
        } catch { throw PortOutcome(error) }
    }

    func remove(_ key: [UInt8]) -> Bool { space.remove(key) }

    func add(_ key: [UInt8], _ amount: Int64, lifetimeMilliseconds: Int64) throws(PortOutcome) -> Int64 {
        do throws(CacheSpace.Refusal) {
            return try space.add(key, amount, lifetimeMilliseconds: lifetimeMilliseconds)
        } catch { throw PortOutcome(error) }
    }
}

extension PortOutcome {
    fileprivate init(_ refusal: CacheSpace.Refusal) {
        switch refusal {
        case .invalidKey, .noCounter: self.init(.invalid)
        case .tooLarge: self.init(.limit)
        case .closed: self.init(.stale)
        }
    }
}

/// Secrets as the interface's table reaches them.
final class SecretAdapter: SecretPort {
    private let vault: SecretVault
    private let tenant: String
    private let module: String

    init(vault: SecretVault, tenant: String, module: String) {
        self.vault = vault
        self.tenant = tenant
        self.module = module
    }

    func secret(_ name: String) throws(PortOutcome) -> String? {
        do { return try vault.value(name, tenant: tenant, module: module) } catch {
            throw PortOutcome(.failed, message: "\(error)")
        }
    }
}

/// Tokens as the interface's table reaches them: those of this module and tenant alone.
final class TokenAdapter: TokenPort {
    private let tokens: ModuleTokens
    private let tenant: String
    private let module: String
    /// How long tokens may lie unused, by kind.
    private let idleSeconds: [String: Int64]

    init(tokens: ModuleTokens, tenant: String, manifest: Manifest) {
        self.tokens = tokens
        self.tenant = tenant
        module = manifest.id
        idleSeconds = manifest.issues.reduce(into: [:]) { $0[$1.kind] = $1.idleSeconds }
    }

    func mint(_ order: TokenPortOrder) throws(PortOutcome) -> MintedToken {
        let facts = TokenFacts(id: "", module: module, kind: order.kind, role: order.role, claims: order.claims)
        return try outcome { () throws(IdentityError) in
            let (text, record) = try tokens.mint(
                ModuleTokens.Order(
                    tenant: tenant, facts: facts, subject: order.subject, lifetimeSeconds: order.lifetimeSeconds,
                    idleSeconds: idleSeconds[order.kind]),
                nowMilliseconds: systemWallClock())
            return MintedToken(id: record.id, text: text, expiresAtMilliseconds: record.expiresAtMilliseconds)
        }
    }

    func verify(_ text: String) -> Principal? {
        guard let principal = tokens.verify(text, nowMilliseconds: systemWallClock())?.principal,
            principal.tenant == tenant, principal.token?.module == module
        else { return nil }
        return principal
    }

    func revoke(id: String) throws(PortOutcome) -> Bool {
        try outcome { () throws(IdentityError) in
            try tokens.revoke(id: id, tenant: tenant, module: module, nowMilliseconds: systemWallClock())
        }
    }

    func revoke(kind: String, subject: String) throws(PortOutcome) -> Int {
        try outcome { () throws(IdentityError) in
            try tokens.revoke(
                kind: kind, subject: subject, tenant: tenant, module: module, nowMilliseconds: systemWallClock())
        }
    }

    private func outcome<Value>(_ body: () throws(IdentityError) -> Value) throws(PortOutcome) -> Value {
        do throws(IdentityError) { return try body() } catch { throw PortOutcome(.failed, message: "\(error)") }
    }
}

/// Numbers as the interface's table reaches them.
final class MetricsAdapter: MetricsPort {
    let instruments: ModuleInstruments

    init(instruments: ModuleInstruments) { self.instruments = instruments }

    func add(_ name: String, labels: [(name: String, value: String)], _ amount: Double) -> ModuleStatus {
        ModuleStatus(instruments.add(name, labels: labels, amount))
    }

    func set(_ name: String, labels: [(name: String, value: String)], _ value: Double) -> ModuleStatus {
        ModuleStatus(instruments.set(name, labels: labels, value))
    }

    func record(_ name: String, labels: [(name: String, value: String)], _ value: Double) -> ModuleStatus {
        ModuleStatus(instruments.record(name, labels: labels, value))
    }
}

extension ModuleStatus {
    fileprivate init(_ outcome: ModuleMetrics.Outcome) {
        self =
            switch outcome {
            case .taken: .ok
            case .invalid: .invalid
            case .tooMany: .limit
            }
    }
}
