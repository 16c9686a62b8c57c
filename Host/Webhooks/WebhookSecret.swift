public import GantryCryptography
import GantryEvents

/// What deliveries to a webhook are signed with, as the specification of Standard Webhooks 1.0.0 says: 256 bits at
/// random, written `whsec_` and their base64.
enum WebhookSecret {
    static let byteCount = 32

    /// A secret that nobody has had before.
    static func make() -> [UInt8] { Cryptography.randomBytes(byteCount) }

    /// As its owner gets it, once.
    static func text(_ secret: [UInt8]) -> String { "whsec_" + Base64.text(secret) }

    /// Value of the header `webhook-signature`: one signature for each secret, the newest first.
    static func signatures(
        id: String, timestampSeconds: Int64, body: [UInt8], secrets: [[UInt8]]
    ) -> String {
        let signed = Array("\(id).\(timestampSeconds).".utf8) + body
        return secrets.map { "v1," + Base64.text(Cryptography.hmacSHA256(signed, key: $0).bytes) }
            .joined(separator: " ")
    }
}

/// Keeps the secrets of one instance's webhooks unreadable at rest. One that is put in another's place is not opened.
public struct WebhookSealer: Sendable {
    private let key: SealingKey
    private let place: String

    /// The sealer of a module of a tenant.
    /// - Parameter key: The host's key for secrets.
    public init(key: SealingKey, tenant: String, module: String) {
        self.key = key.derived(for: "webhook secrets")
        place = "webhook \(tenant) \(module)"
    }

    func seal(_ secret: [UInt8], of webhook: UniqueIdentifier) -> [UInt8] {
        key.seal(secret, context: "\(place) \(webhook)")
    }

    /// Nil when it is not what was sealed.
    func open(_ sealed: [UInt8], of webhook: UniqueIdentifier) -> [UInt8]? {
        key.open(sealed, context: "\(place) \(webhook)")
    }
}
