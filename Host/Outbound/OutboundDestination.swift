public import GantryCore
import Glibc

/// Where a URL leads, as the client itself reads it.
public struct OutboundDestination: Sendable {
    /// Names of hosts in local networks (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`).
    private static let internalNames = ["localhost", "local", "internal", "home.arpa"]

    /// In lower case; an IPv6 address in brackets.
    public let host: String
    /// Whether it is reached by https.
    public let isEncrypted: Bool
    /// Whether the URL has a fragment, be it empty.
    public let hasFragment: Bool

    /// Reads a URL; throws `OutboundError` when the client would refuse it, also one with user or password.
    public init(_ url: String) throws(OutboundError) {
        let target = try OutboundTarget(url)
        host = target.host
        isEncrypted = target.scheme == "https"
        hasFragment = url.contains("#")
    }

    /// Whether the name belongs to a local network.
    public var isInternalName: Bool {
        Self.internalNames.contains { host == $0 || host.hasSuffix("." + $0) }
    }

    /// The host's address where the URL names that; nil where it has a name.
    public var address: InternetAddress? {
        InternetAddress(host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host)
    }

    /// The addresses of the host as the system's resolver knows them now; empty when it knows none. Waits for it.
    public func addresses() -> [InternetAddress] {
        if let address { return [address] }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [InternetAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr.flatMap({ InternetAddress($0) }) { found.append(address) }
            next = entry.pointee.ai_next
        }
        return found
    }
}
