import GantryCore
import GantryGateway
import GantryServer

/// What the deployment listens on, beside the administration, and how its connections are spoken to.
struct ListenerPlan {
    let address: ListenAddress
    let settings: ListenerSettings

    /// The address of `listen`, then those of `listeners`. Reads their certificates. Throws `HostError`.
    static func all(of deployment: Deployment) throws -> [ListenerPlan] {
        let first = ListenerPlan(address: try address(deployment.listen), settings: ListenerSettings())
        return try [first] + deployment.listeners.map(Self.init)
    }

    private init(address: ListenAddress, settings: ListenerSettings) {
        self.address = address
        self.settings = settings
    }

    private init(_ listener: Deployment.Listener) throws {
        address = try Self.address(listener.address)
        var settings = ListenerSettings()
        settings.versions = Set(listener.protocols.compactMap { ListenerSettings.HTTPVersion(rawValue: $0.rawValue) })
        settings.label = listener.tenant
        if let files = listener.tls {
            do throws(ServerError) {
                settings.identity = try TLSIdentity(
                    certificatePath: files.certificate, keyPath: files.key, versions: settings.versions)
            } catch {
                throw HostError(.listen, "\(listener.address): \(error.message)")
            }
        }
        self.settings = settings
    }

    /// `HOST:PORT`, where an IPv6 host stands in brackets.
    private static func address(_ text: String) throws -> ListenAddress {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port), colon > text.startIndex
        else { throw HostError(.listen, "`\(text)` is no address to listen on; write HOST:PORT.") }
        let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
        return .internet(host: String(host), port: port)
    }
}

extension ServerConfiguration {
    /// The deployment's part of it.
    init(_ deployment: Deployment) {
        self.init()
        eventLoops = deployment.eventLoops
        // Whoever has not answered within the time that a module has will not.
        answerTimeout = GatewayConfiguration().deadline
        maximumConnections = deployment.connections.total
        maximumConnectionsPerAddress = deployment.connections.perAddress
        // Everybody behind a proxy comes from one address.
        let exempt = deployment.connections.exempt + deployment.limits.trustedProxies
        if exempt.isEmpty { return }
        isExemptFromAddressLimit = { text in
            InternetAddress(text).map { address in exempt.contains { $0.contains(address) } } ?? false
        }
    }
}
