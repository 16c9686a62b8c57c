/// What a request says about becoming a WebSocket (RFC 6455, section 4).
public struct WebSocketOpening: Sendable {
    /// How it may be answered.
    public enum Verdict: Sendable, Equatable {
        /// It does not ask for a WebSocket.
        case absent
        /// It asks for another version than 13.
        case otherVersion
        /// Something in it breaks the protocol.
        case malformed
        /// It may be accepted.
        case valid
    }

    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// How it may be answered.
    public let verdict: Verdict
    /// Subprotocols that the client names.
    public let subprotocols: [String]
    /// The header `Origin`; nil where there is none.
    public let origin: String?
    let key: String
    let extensions: String

    /// Reads a request's head.
    public init(_ exchange: Exchange) {
        var fields: [String: String] = [:]
        var isRepeated = false
        exchange.forEachHeader { name, value in
            let name = name.lowercased()
            guard Self.names.contains(name) else { return }
            if let known = fields[name] {
                fields[name] = known + "," + value
                if Self.singles.contains(name) { isRepeated = true }
            } else {
                fields[name] = value
            }
        }
        key = fields["sec-websocket-key"] ?? ""
        extensions = fields["sec-websocket-extensions"] ?? ""
        subprotocols = Self.list(fields["sec-websocket-protocol"])
        origin = fields["origin"]
        let asks =
            Self.list(fields["upgrade"]).contains { $0.lowercased() == "websocket" }
            && Self.list(fields["connection"]).contains { $0.lowercased() == "upgrade" }
        guard asks else {
            verdict = .absent
            return
        }
        let isReadable = exchange.method == "GET" && exchange.isUpgradable && !isRepeated && Self.isKey(key)
        if fields["sec-websocket-version"] != "13" && !isRepeated {
            verdict = .otherVersion
        } else {
            verdict = isReadable ? .valid : .malformed
        }
    }

    private static let singles: Set<String> = ["sec-websocket-key", "sec-websocket-version", "origin"]
    private static let names: Set<String> = singles.union([
        "upgrade", "connection", "sec-websocket-protocol", "sec-websocket-extensions",
    ])

    private static func list(_ value: String?) -> [String] {
        (value ?? "").split(separator: ",").map { part in
            var part = part
            while part.first == " " || part.first == "\t" { part.removeFirst() }
            while part.last == " " || part.last == "\t" { part.removeLast() }
            return String(part)
        }
    }

    /// Whether this is the base64 text of sixteen bytes.
    private static func isKey(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        guard bytes.count == 24, bytes[22] == UInt8(ascii: "="), bytes[23] == UInt8(ascii: "=") else { return false }
        return bytes[..<22].allSatisfy { alphabet.contains($0) }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Value of `Sec-WebSocket-Accept`.
    var accept: String {
        let digest = SHA1.digest(Array((key + Self.suffix).utf8))
        var text: [UInt8] = []
        for start in stride(from: 0, to: digest.count, by: 3) {
            let group = digest[start..<min(start + 3, digest.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? Self.alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
