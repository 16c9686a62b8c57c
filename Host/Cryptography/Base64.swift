/// The alphabet of RFC 4648 with padding, as signatures and secrets of Standard Webhooks use it.
public enum Base64 {
    /// The text for the bytes.
    public static func text(_ bytes: [UInt8]) -> String {
        let letters = Base64URL.text(bytes).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return String(letters) + String(repeating: "=", count: (3 - bytes.count % 3) % 3)
    }
}
