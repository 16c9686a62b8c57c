import GantryCore
import GantryIdentity
import GantryJSON

/// What the gateway remembers from request to request of one connection, so that an answer once found is not looked
/// for again. Belongs to the connection's event loop.
final class ConnectionState {
    /// State of the gateway when it was last looked at, with its version.
    var state = GatewayState.empty
    var stateVersion: UInt64 = 0
    /// The Authorization header that was looked at last, and what became of it.
    private var authorization = ""
    private var authentication = Authentication.refused
    private var authenticationEndMilliseconds = Int64.min
    private var authenticatorGeneration: UInt64 = 0
    /// Grows whenever another credential is seen.
    private(set) var credentialSerial: UInt64 = 0
    /// The cell that was charged last, and for whom.
    var cell: LimitCell?
    var cellClass: LimitClassState?
    var cellSerial: UInt64 = .max
    /// The tenant that was looked for last, and where.
    private var tenant: GatewayState.Tenant?
    private var tenantState: GatewayState?
    /// Buffers that are used again.
    var line = JSONWriter(capacity: 512)
    var nodes: [JSONNode] = []
    /// Where the connection's event loop says what it is at.
    let seat: LoopWatch.Seat
    private var random: UInt64
    private let peer: ClientAddress
    private let trustsPeer: Bool
    /// The header that was looked at last, and whom it names.
    private var forwardedFor = ""
    private var forwardedClient: ClientAddress
    /// Grows whenever another client is named.
    private(set) var clientSerial: UInt64 = 0

    init(remoteAddress: String, trustedProxies: [AddressRange], seat: LoopWatch.Seat = LoopWatch.Seat()) {
        self.seat = seat
        peer = ClientAddress(peer: remoteAddress)
        forwardedClient = peer
        trustsPeer =
            !trustedProxies.isEmpty
            && InternetAddress(remoteAddress).map { address in
                trustedProxies.contains { $0.contains(address) }
            } == true
        random = UInt64.random(in: .min ... .max)
    }

    /// The client of a request.
    /// - Parameter header: Its `X-Forwarded-For`.
    func client(_ header: String?, trusting proxies: [AddressRange]) -> ClientAddress {
        guard trustsPeer, let header else {
            // Whoever asks through a proxy mostly does so with a header, so this is no change back and forth.
            if !forwardedFor.isEmpty { note("", peer) }
            return peer
        }
        if header != forwardedFor { note(header, ClientAddress(forwardedFor: header, trusting: proxies) ?? peer) }
        return forwardedClient
    }

    private func note(_ header: String, _ client: ClientAddress) {
        forwardedFor = header
        forwardedClient = client
        clientSerial += 1
    }

    /// A tenant by its id. One connection mostly speaks for one tenant, so that it is remembered.
    func tenant(_ id: String, in state: GatewayState) -> GatewayState.Tenant? {
        if let tenant, tenant.id == id, tenantState === state { return tenant }
        tenant = state.tenants[id]
        tenantState = state
        return tenant
    }

    /// Bits for request and span ids, which have to differ but are no secrets (SplitMix64).
    func nextRandom() -> UInt64 {
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Looks at an Authorization header, or remembers what became of it as long as nothing has changed.
    /// - Parameter mayWait: False for an answer that is never `pending`.
    func authenticate(
        _ header: String, with authenticator: Authenticator, nowMilliseconds: Int64, mayWait: Bool = true
    ) -> Authentication {
        let generation = authenticator.generation
        if generation == authenticatorGeneration, nowMilliseconds < authenticationEndMilliseconds,
            header == authorization
        {
            return authentication
        }
        authorization = header
        credentialSerial += 1
        authenticatorGeneration = generation
        guard let credential = PrincipalStep.bearer(header) else {
            authentication = .refused
            authenticationEndMilliseconds = .max
            return authentication
        }
        let judgement = authenticator.judge(credential, nowMilliseconds: nowMilliseconds, mayWait: mayWait)
        authentication = judgement.authentication
        authenticationEndMilliseconds = judgement.untilMilliseconds
        return authentication
    }
}
