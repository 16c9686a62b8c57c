import GantryCore

/// Whose request it is, as far as addresses go: the peer, or behind proxies that are trusted, whom they name.
struct ClientAddress {
    /// As text; empty where there is none, as on a unix socket.
    let text: String
    /// As a subject of limits: of an IPv6 address the first 64 bits.
    let subject: String

    private init(text: String, subject: String) {
        self.text = text
        self.subject = subject
    }

    init(_ address: InternetAddress) {
        text = address.description
        subject = address.version4 == nil ? "a:" + String(address.high, radix: 16) : "a:" + text
    }

    /// A peer, as the server writes it.
    init(peer: String) {
        if let address = InternetAddress(peer) {
            self.init(address)
        } else {
            self.init(text: peer, subject: "a:" + peer)
        }
    }

    /// The rightmost address of an `X-Forwarded-For` that no trusted proxy has. What stands further left was written by
    /// the client, which may say anything. Nil where the proxy says nothing that is an address.
    init?(forwardedFor header: String, trusting proxies: [AddressRange]) {
        var last: InternetAddress?
        for entry in header.split(separator: ",", omittingEmptySubsequences: false).reversed() {
            guard let address = InternetAddress(Self.bare(entry)) else { break }
            last = address
            if !proxies.contains(where: { $0.contains(address) }) { break }
        }
        guard let last else { return nil }
        self.init(last)
    }

    /// The address without white space, and without a port, which some proxies add.
    private static func bare(_ entry: Substring) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        var text = entry.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        if text.first == "[" { return String(text.dropFirst().prefix { $0 != "]" }) }
        if text.contains("."), let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
            text = text[..<colon]
        }
        return String(text)
    }
}
