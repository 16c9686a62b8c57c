import GantryKit

/// Signs a delivery twice: over the body alone with the whole text of the secret, and as Standard Webhooks 1.0.0 asks
/// with the bytes that the secret stands for, which also binds id and time.
struct DeliverySignature {
    private let secret: [UInt8]
    private let standardKey: [UInt8]

    /// - Parameter secret: `whsec_` and base64, or plain text.
    init(_ secret: String) {
        self.secret = Array(secret.utf8)
        let prefix = "whsec_"
        standardKey =
            secret.hasPrefix(prefix) ? Base64.bytes(secret.dropFirst(prefix.count)) ?? self.secret : self.secret
    }

    /// The headers of one attempt.
    func headers(_ body: [UInt8], id: String, seconds: Int64) -> [(name: String, value: String)] {
        let plain = SHA256.authentication(of: body, key: secret)
        let standard = SHA256.authentication(of: Array("\(id).\(seconds).".utf8) + body, key: standardKey)
        return [
            ("x-webhook-signature", "sha256=" + Self.hexadecimal(plain)),
            ("webhook-signature", "v1," + Base64.text(standard)),
        ]
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// The alphabet of RFC 4648 with padding.
enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0..<4 {
                text.append(
                    place <= group.count ? letters[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; nil where it has other characters.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            if character == UInt8(ascii: "=") { break }
            guard let value = letters.firstIndex(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}
