public import GantryCore

/// What one module of one tenant may reach, and how much of it at a time.
public struct OutboundPolicy: Sendable {
    /// The hosts of the module's manifest.
    public var hosts: [HostPattern]
    /// The operator's own list, which narrows the module's; nil leaves that as it is.
    public var narrowedHosts: [HostPattern]?
    /// Whether any host may be reached, whatever the lists say: where not the module chooses but its tenant, as for
    /// webhooks. The addresses are looked at all the same.
    public var allowsAnyHost = false
    /// Which addresses may be connected to.
    public var addresses: AddressGuard
    /// Requests that may be under way at a time.
    public var maximumConcurrentRequests = 64
    /// File with the certificates that are trusted; nil for the system's.
    public var certificateFile: String?
    /// Answers for names instead of the system's, as `HOST:PORT:ADDRESS`; for tests of the guard.
    var resolvedNames: [String] = []

    /// A policy.
    public init(hosts: [HostPattern], narrowedHosts: [HostPattern]? = nil, addresses: AddressGuard = AddressGuard()) {
        self.hosts = hosts
        self.narrowedHosts = narrowedHosts
        self.addresses = addresses
    }

    /// Throws when the host may not be reached, with its name.
    func check(_ target: OutboundTarget) throws(OutboundError) {
        if allowsAnyHost { return }
        let matches = { (pattern: HostPattern) in
            pattern.allows(host: target.host, port: target.port, defaultPort: target.defaultPort)
        }
        guard hosts.contains(where: matches) else {
            throw OutboundError(
                .hostNotAllowed, "The host `\(target.place)` is not on the module's list `outbound` in its manifest.")
        }
        guard narrowedHosts?.contains(where: matches) != false else {
            throw OutboundError(
                .hostNotAllowed, "The host `\(target.place)` is on the module's list, but not on the operator's.")
        }
    }
}
