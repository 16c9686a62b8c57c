extension Deployment {
    /// One more address to listen on.
    public struct Listener: Sendable {
        /// `HOST:PORT`; port 0 takes a free one.
        public var address: String
        /// The tenant that everybody means who connects here; nil where requests say so themselves.
        public var tenant: String?
        /// The files of the certificate, where TLS is spoken.
        public var tls: Certificate?
        /// What is spoken; never empty.
        public var protocols = Set(HTTPProtocol.allCases)

        /// A listener without TLS, for all tenants and protocols.
        public init(address: String) {
            self.address = address
        }
    }

    /// A certificate with its key, both in PEM files.
    public struct Certificate: Sendable {
        /// File of the certificate with its chain, the leaf first.
        public var certificate: String
        /// File of the private key.
        public var key: String

        /// Creates a pair.
        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// A protocol by the name that clients agree on it with.
    public enum HTTPProtocol: String, Sendable, CaseIterable {
        case http1 = "http/1.1"
        case http2 = "h2"
    }

    /// How many connections may be open.
    public struct Connections: Sendable {
        /// Over all listeners.
        public var total = 20_000
        /// From one address, of IPv6 from the first 64 bits; 0 for any number. This machine's own are exempt.
        public var perAddress = 1024
        /// Networks that are exempt as well.
        public var exempt: [AddressRange] = []

        /// The defaults.
        public init() {}
    }
}

extension Deployment.Listener {
    init(_ place: YAMLReader) throws {
        try place.allow(["address", "tenant", "tls", "protocols"])
        address = try Deployment.address(place.required("address"))
        tenant = try place.optional("tenant").map(Deployment.tenantID)
        if let tls = place.optional("tls") {
            try tls.allow(["certificate", "key"])
            self.tls = Deployment.Certificate(
                certificate: try tls.required("certificate").string(), key: try tls.required("key").string())
        }
        if let list = place.optional("protocols") {
            protocols = Set(try list.list().map { try $0.choice(Deployment.HTTPProtocol.self) })
            guard !protocols.isEmpty else { throw list.error("At least one protocol has to be spoken.") }
        }
    }
}

extension Deployment.Connections {
    init(_ place: YAMLReader) throws {
        try place.allow(["total", "per-address", "exempt"])
        total = try place.optional("total")?.integer(1...1_000_000) ?? total
        perAddress = try place.optional("per-address")?.integer(0...1_000_000) ?? perAddress
        exempt = try place.optional("exempt")?.list().map(AddressRange.init) ?? []
    }
}

extension Deployment {
    static func address(_ place: YAMLReader) throws -> String {
        let text = try place.string()
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port)
        else { throw place.error("An address to listen on is written HOST:PORT.") }
        return text
    }

    /// Refuses what no host could do. A tenant that the file does not declare may be made by a command.
    func checkListeners(_ root: YAMLReader) throws {
        var seen: Set<String> = [listen]
        for listener in listeners where !listener.address.hasSuffix(":0") {
            guard seen.insert(listener.address).inserted else {
                throw (root.optional("listeners") ?? root).error("`\(listener.address)` is listened on twice.")
            }
        }
    }
}
