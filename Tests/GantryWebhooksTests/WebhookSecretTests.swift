import GantryCryptography
import GantryEvents
import Testing

@testable import GantryWebhooks

@Suite("Secrets and signatures of webhooks")
struct WebhookSecretTests {
    @Test("The signature is that of the specification's own example")
    func specification() throws {
        let secret = try #require(Base64URL.bytes("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8))
        let header = WebhookSecret.signatures(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestampSeconds: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8), secrets: [secret])
        #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("Two secrets give two signatures parted by a space, in their order")
    func rotation() {
        let (new, old) = (WebhookSecret.make(), WebhookSecret.make())
        let sign = { (secrets: [[UInt8]]) in
            WebhookSecret.signatures(id: "a", timestampSeconds: 1, body: [1, 2, 3], secrets: secrets)
        }
        #expect(sign([new, old]) == "\(sign([new])) \(sign([old]))")
        #expect(sign([new]) != sign([old]))
    }

    @Test("A secret has 256 bits and is written as the contract says")
    func form() {
        let (one, other) = (WebhookSecret.make(), WebhookSecret.make())
        #expect(one.count == 32 && one != other)
        let text = WebhookSecret.text([UInt8](repeating: 0xFB, count: 32))
        #expect(text == "whsec_+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=")
    }

    @Test("What is sealed opens for its own webhook, module and tenant alone")
    func sealing() throws {
        let key = try #require(SealingKey([UInt8](repeating: 7, count: 32)))
        let (one, other) = (UniqueIdentifier(high: 1, low: 1), UniqueIdentifier(high: 1, low: 2))
        let sealer = WebhookSealer(key: key, tenant: "acme", module: "anomaly")
        let sealed = sealer.seal([1, 2, 3], of: one)
        #expect(sealer.open(sealed, of: one) == [1, 2, 3])
        #expect(sealer.open(sealed, of: other) == nil)
        #expect(WebhookSealer(key: key, tenant: "zenith", module: "anomaly").open(sealed, of: one) == nil)
    }
}
