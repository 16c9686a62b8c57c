public import GantryCore
import GantryCryptography
import GantryThreads

/// Looks at what providers outside deliver, before anybody reads it: whether its signature, or the secret that it
/// bears, is the tenant's. Any thread; nothing waits.
public final class DeliverySecrets: Sendable {
    /// What a delivery brings besides its body.
    public struct Headers: Sendable {
        /// The id of a delivery that is signed as Svix does; nil where it is missing.
        public var id: String?
        /// When it was signed, in seconds since 1970.
        public var timestamp: String?
        /// Its signatures, with spaces between.
        public var signatures: String?
        /// The text after `Bearer `.
        public var bearer: String?

        /// None.
        public init() {}
    }

    /// What became of it.
    public enum Verdict: Sendable, Equatable {
        /// It is authentic, and remembered under this key.
        case authentic(key: String)
        case refused
        /// The tenant has no secret of the provider.
        case notConfigured
    }

    /// How far the time of a signature may lie from now.
    public static let toleranceSeconds: Int64 = 300
    private static let maximumKeyBytes = 255

    private struct State {
        var deployment: [Manifest.Delivery: String] = [:]
        var own: [String: [Manifest.Delivery: String]] = [:]
    }

    private let state = Lock(State())

    /// No secret at all.
    public init() {}

    /// Takes these in the place of all others.
    /// - Parameter own: By tenant; what is not there is the deployment's.
    public func replace(deployment: [Manifest.Delivery: String], own: [String: [Manifest.Delivery: String]]) {
        state.withLock { $0 = State(deployment: deployment, own: own) }
    }

    /// Judges a delivery by its raw bytes.
    public func judge(
        _ provider: Manifest.Delivery, tenant: String, _ headers: Headers, body: UnsafeRawBufferPointer,
        nowMilliseconds: Int64
    ) -> Verdict {
        let secret = state.withLock { $0.own[tenant]?[provider] ?? $0.deployment[provider] }
        guard let secret, !secret.isEmpty else { return .notConfigured }
        switch provider {
        case .clerk: return Self.judgeSvix(secret, headers, body, nowMilliseconds)
        case .supabase:
            // The digests are compared, so that the time tells nothing of the secret.
            guard let bearer = headers.bearer, Cryptography.sha256(bearer) == Cryptography.sha256(secret) else {
                return .refused
            }
            return .authentic(key: Hexadecimal.text(Cryptography.sha256(Array(body)).bytes))
        }
    }

    /// `v1,` and the HMAC-SHA256 over id, time and body, with a full stop between; several may stand there.
    private static func judgeSvix(
        _ secret: String, _ headers: Headers, _ body: UnsafeRawBufferPointer, _ nowMilliseconds: Int64
    ) -> Verdict {
        guard let key = self.key(secret) else { return .notConfigured }
        guard let id = headers.id, (1...maximumKeyBytes).contains(id.utf8.count), let timestamp = headers.timestamp,
            (1...12).contains(timestamp.utf8.count), timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let seconds = Int64(timestamp), abs(nowMilliseconds / 1000 - seconds) <= toleranceSeconds,
            let signatures = headers.signatures
        else { return .refused }
        let expected = Cryptography.hmacSHA256(Array("\(id).\(timestamp).".utf8) + Array(body), key: key)
        var isGood = false
        for entry in signatures.split(separator: " ").prefix(16) where entry.hasPrefix("v1,") {
            guard let bytes = base64(entry.dropFirst(3)), let digest = Digest256(bytes) else { continue }
            // Each is looked at, whatever the ones before it were.
            if digest == expected { isGood = true }
        }
        return isGood ? .authentic(key: id) : .refused
    }

    /// The key in `whsec_…`; nil where it is none.
    public static func key(_ secret: String) -> [UInt8]? {
        guard secret.hasPrefix("whsec_"), let key = base64(secret.dropFirst(6)), !key.isEmpty else { return nil }
        return key
    }

    private static func base64(_ text: Substring) -> [UInt8]? {
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "=") { bytes.removeLast() }
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "+"): bytes[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): bytes[index] = UInt8(ascii: "_")
            default: break
            }
        }
        return Base64URL.bytes(bytes)
    }
}
