public import GantryCore
import GantryCryptography
import GantryJSON
import GantryThreads
import Synchronization

/// An issuer of users' tokens as the deployment or one of its tenants has set it up.
public struct IssuerSettings: Sendable {
    /// Which claims name user, role and tenant.
    public var provider = Deployment.Authentication.Provider.custom
    /// What it publishes; nil for nothing.
    public var keys: IssuerKeys?
    /// Signatures that are accepted, of those with published keys.
    public var algorithms: Set<SignatureAlgorithm> = [.rs256, .es256, .edDSA]
    /// The `iss` that is demanded; nil for any.
    public var issuer: String?
    /// Whether a tenant has named the issuer itself, rather than the deployment for all.
    public var isNamedByTenant = false
    /// The `aud` that is demanded; nil for any.
    public var audience: String?
    /// The secret of one that signs with HS256, of at least `TokenSigner.minimumSecretBytes`; nil for none.
    public var secret: [UInt8]?

    /// One that accepts nothing.
    public init() {}
}

/// All issuers of the deployment. Any thread.
///
/// Which one a token is checked against follows from what the token says of itself, before that is verified: the tenant
/// that it names, else the tenant whose own settings name its issuer, else the default tenant; and of that tenant its
/// own settings, else the deployment's. An issuer that a tenant has set up for itself speaks for that tenant alone.
public final class Issuers: Sendable {
    private struct Issuer {
        let reader: ClaimReader
        let keys: IssuerKeys?
        let algorithms: Set<SignatureAlgorithm>
        let signer: TokenSigner?

        init(_ settings: IssuerSettings) throws(IdentityError) {
            let reader = ClaimReader(
                provider: settings.provider, issuer: settings.issuer, audience: settings.audience)
            self.reader = reader
            keys = settings.keys
            algorithms = settings.algorithms.subtracting([.hs256])
            if let secret = settings.secret {
                signer = try TokenSigner(secret: secret, reader: reader)
            } else {
                signer = nil
            }
        }
    }

    private struct State {
        var deployment: Issuer?
        var own: [String: Issuer] = [:]
        /// Tenants whose own settings name an issuer, by its name.
        var tenantsByIssuer: [String: [String]] = [:]
        var defaultTenant = ""
    }

    private struct Choice {
        let issuer: Issuer
        /// The tenant that has set it up for itself; nil where it is the deployment's.
        let owner: String?
        /// The owner has named the token's `iss`.
        let isNamed: Bool
    }

    private let state = Lock(State())
    private let changes = Atomic<UInt64>(0)

    /// No issuer at all.
    public init() {}

    /// Grows whenever what was learned from tokens does not hold any more.
    public var generation: UInt64 { changes.load(ordering: .acquiring) }

    /// What was learned from tokens does not hold any more: keys have changed.
    public func noteChange() { changes.add(1, ordering: .acquiringAndReleasing) }

    /// Takes these in the place of all others. Throws `IdentityError` when a secret is too short.
    /// - Parameters:
    ///   - deployment: Of all tenants that have none of their own; nil for none.
    ///   - own: By tenant, whole: with what is the deployment's filled in.
    ///   - defaultTenant: Whose issuer is meant by tokens that name neither tenant nor issuer.
    public func replace(
        deployment: IssuerSettings?, own: [String: IssuerSettings], defaultTenant: String
    ) throws(IdentityError) {
        var next = State(defaultTenant: defaultTenant)
        if let deployment { next.deployment = try Issuer(deployment) }
        for (tenant, settings) in own {
            next.own[tenant] = try Issuer(settings)
            if settings.isNamedByTenant, let name = settings.issuer {
                next.tenantsByIssuer[name, default: []].append(tenant)
            }
        }
        let complete = next
        state.withLock { $0 = complete }
        noteChange()
    }

    /// Judges a token that the host has not signed itself.
    func judge(_ token: SignedToken, nowMilliseconds: Int64, mayWait: Bool) -> Judgement {
        token.claims.withRoot { root in
            let refused = Judgement(.refused, nowMilliseconds: nowMilliseconds)
            guard let choice = choose(root), !speaksForAnother(choice, root) else { return refused }
            if token.algorithm == .hs256 {
                guard let signer = choice.issuer.signer, signer.hasSigned(token) else { return refused }
                return accept(root, choice, forMilliseconds: .max, nowMilliseconds) ?? refused
            }
            guard let keys = choice.issuer.keys, choice.issuer.algorithms.contains(token.algorithm) else {
                return refused
            }
            switch Self.lookup(token, keys, mayWait: mayWait) {
            case .keys(_, let validity):
                return accept(root, choice, forMilliseconds: validity, nowMilliseconds) ?? refused
            case .refused:
                return refused
            case .pending(let isNewest):
                return Judgement(.pending(KeyWait(keys: keys, isNewest: isNewest)), nowMilliseconds: nowMilliseconds)
            case .unavailable(let seconds):
                return Judgement(.unavailable(retrySeconds: seconds), nowMilliseconds: nowMilliseconds)
            }
        }
    }

    /// The key that has made the signature.
    private static func lookup(_ token: SignedToken, _ keys: IssuerKeys, mayWait: Bool) -> IssuerKeys.Lookup {
        let found = keys.lookup(token.algorithm, id: token.keyID, mayWait: mayWait)
        guard case .keys(let candidates, let validity) = found else { return found }
        for key in candidates where key.isValid(token.signature, for: token.signedBytes) {
            return .keys([key], forMilliseconds: validity)
        }
        // One that names its key was signed by another; one that does not may be of a key that is newer than those.
        return token.keyID == nil ? keys.lookupUnknown(mayWait: mayWait) : .refused
    }

    /// What the token says of itself, for the choice only.
    private func choose(_ root: JSONValue) -> Choice? {
        let named = [root["org_id"], root["app_metadata"]?["org_id"], root["o"]?["id"]].lazy.compactMap { $0?.string }
        let issuer = root["iss"]?.string
        return state.withLock { state in
            let claimants = issuer.flatMap { state.tenantsByIssuer[$0] } ?? []
            var tenant = named.first
            if tenant == nil {
                // Of two tenants that name one issuer neither may have the other's users.
                guard claimants.count <= 1 else { return nil }
                tenant = claimants.first ?? state.defaultTenant
            }
            if let tenant, let own = state.own[tenant] {
                return Choice(issuer: own, owner: tenant, isNamed: claimants.contains(tenant))
            }
            return state.deployment.map { Choice(issuer: $0, owner: nil, isNamed: false) }
        }
    }

    /// Whether a tenant has named the token's issuer as its own, and it is another one that the token is checked for.
    private func speaksForAnother(_ choice: Choice, _ root: JSONValue) -> Bool {
        if choice.isNamed { return false }
        guard let issuer = root["iss"]?.string, choice.issuer.reader.issuer == nil else { return false }
        return state.withLock { $0.tenantsByIssuer[issuer] != nil }
    }

    private func accept(
        _ root: JSONValue, _ choice: Choice, forMilliseconds validity: Int64, _ nowMilliseconds: Int64
    ) -> Judgement? {
        guard let claims = try? choice.issuer.reader.read(root, nowMilliseconds: nowMilliseconds),
            let tenant = belonging(claims, choice)
        else { return nil }
        let end = claims.expiresAtMilliseconds + TokenSigner.skewMilliseconds
        return Judgement(
            Principal(user: claims, tenant: tenant, origin: choice.owner ?? ""), endMilliseconds: end,
            untilMilliseconds: min(end, nowMilliseconds.addingClamped(validity)))
    }

    /// The tenant that the bearer belongs to, empty for none; nil where the issuer may not say so.
    private func belonging(_ claims: TokenClaims, _ choice: Choice) -> String? {
        if let owner = choice.owner {
            guard let tenant = claims.tenant else { return choice.isNamed ? owner : "" }
            return tenant == owner ? owner : nil
        }
        guard let tenant = claims.tenant else { return "" }
        return state.withLock { $0.own[tenant] } == nil ? tenant : nil
    }
}

extension Int64 {
    /// The sum, or the largest number where it would be larger.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
