import GantryIdentity
import GantryJSON
import Glibc

/// What the gateway remembers from request to request of one connection, so that an answer once found is not looked
/// for again. Belongs to the connection's event loop.
final class ConnectionState {
    /// State of the gateway when it was last looked at, with its version.
    var state = GatewayState.empty
    var stateVersion: UInt64 = 0
    /// The Authorization header that was looked at last, and what became of it.
    private var authorization = ""
    private var authentication = Authentication.refused
    private var authenticatorGeneration: UInt64 = 0
    /// Grows whenever another credential is seen.
    private(set) var credentialSerial: UInt64 = 0
    /// The bucket that was charged last, and for whom.
    var bucket: TokenBucket?
    var bucketClass: LimitClassState?
    var bucketSerial: UInt64 = .max
    /// Buffers that are used again.
    var line = JSONWriter(capacity: 512)
    var nodes: [JSONNode] = []
    private var random: UInt64
    private let remoteAddress: String
    /// The client as a subject of limits: its address, of IPv6 the first 64 bits.
    private(set) lazy var addressSubject = Self.subject(remoteAddress)

    init(remoteAddress: String) {
        self.remoteAddress = remoteAddress
        random = UInt64.random(in: .min ... .max)
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
    func authenticate(
        _ header: String, with authenticator: Authenticator, nowMilliseconds: Int64
    ) -> Authentication {
        let generation = authenticator.generation
        if generation == authenticatorGeneration, header == authorization {
            switch authentication {
            case .refused: return authentication
            case .accepted(_, let until): if nowMilliseconds < until { return authentication }
            }
        }
        authorization = header
        credentialSerial += 1
        authenticatorGeneration = generation
        authentication =
            PrincipalStep.bearer(header).map { authenticator.authenticate($0, nowMilliseconds: nowMilliseconds) }
            ?? .refused
        return authentication
    }

    private static func subject(_ address: String) -> String {
        guard address.contains(":") else { return "a:" + address }
        var bytes = in6_addr()
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return "a:" + address }
        return withUnsafeBytes(of: &bytes) { bytes in
            // An IPv4 client seen through an IPv6 socket is one address, not a share of all.
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            return "a:" + (isMapped ? bytes[12...] : bytes[..<8]).map { String($0) }.joined(separator: ".")
        }
    }
}
