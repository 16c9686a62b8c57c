public import GantryCore

/// Which addresses modules may reach: those of the public Internet, and what the operator names. It is asked about the
/// very address that a socket is about to be connected to, so that a name cannot lead elsewhere after it was looked at.
public struct AddressGuard: Sendable {
    private let allowed: [AddressRange]

    /// A guard that besides public addresses lets through those of the operator's ranges.
    public init(allowing allowed: [AddressRange] = []) {
        self.allowed = allowed
    }

    /// What kind of address it is, when it may not be reached; nil when it may.
    public func refusal(of address: InternetAddress) -> String? {
        guard let kind = Self.kind(of: address) else { return nil }
        return allowed.contains { $0.contains(address) } ? nil : kind
    }

    private static func kind(of address: InternetAddress) -> String? {
        if address.version4 != nil { return kinds4.first { $0.range.contains(address) }?.kind }
        if let special = kinds6.first(where: { $0.range.contains(address) }) { return special.kind }
        // Everything else that is not global unicast is reserved.
        return address.high >> 61 == 1 ? nil : "reserved"
    }

    private static let kinds4 = list([
        ("127.0.0.0/8", "loopback"), ("0.0.0.0/8", "unspecified"), ("10.0.0.0/8", "private"),
        ("172.16.0.0/12", "private"), ("192.168.0.0/16", "private"), ("169.254.0.0/16", "link-local or metadata"),
        ("100.64.0.0/10", "carrier-grade NAT"), ("192.0.0.0/24", "reserved"), ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4"), ("198.18.0.0/15", "benchmark"), ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"), ("224.0.0.0/4", "multicast"), ("240.0.0.0/4", "reserved"),
    ])

    private static let kinds6 = list([
        ("::1", "loopback"), ("::", "unspecified"), ("::/96", "IPv4-compatible"), ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"), ("2002::/16", "6to4"), ("2001::/32", "Teredo"), ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"), ("3fff::/20", "documentation"), ("fc00::/7", "private"),
        ("fe80::/10", "link-local or metadata"), ("fec0::/10", "site-local"), ("ff00::/8", "multicast"),
    ])

    private static func list(_ texts: [(String, String)]) -> [(range: AddressRange, kind: String)] {
        texts.map { text, kind in
            guard let range = AddressRange(text) else { preconditionFailure("`\(text)` is no range.") }
            return (range, kind)
        }
    }
}
