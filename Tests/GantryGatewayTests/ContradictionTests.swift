import GantryCore
import GantryGateway
import RawHTTP
import Testing

/// Every combination of the ways in which a request names its tenant, held against the rules as the platform's contract
/// words them.
@Suite("Contradictory tenants")
struct ContradictionTests {
    /// What a request carries, beside its method.
    struct Names {
        /// The tenant of the listener; nil for one that is everybody's.
        var listener: String?
        /// The host name, and the tenant that claims it.
        var host: (name: String, tenant: String?)
        var header: String?
        var credential: Credential
        /// The tenant in the path.
        var path: String?
    }

    enum Credential: Equatable {
        case none
        case bad
        case key(String)
        case token(String?)
    }

    private static let known: Set<String> = ["default", "a"]
    private static let listeners: [String?] = [nil, "default", "a", "unheard"]
    private static let hosts: [(name: String, tenant: String?)] = [("other.example", nil), ("a.example", "a")]
    private static let headers: [String?] = [nil, "default", "a", "unheard"]
    private static let credentials: [Credential] = [
        .none, .bad, .key("default"), .key("a"), .token("a"), .token("unheard"), .token(nil),
    ]
    private static let paths: [String?] = [nil, "default", "a", "unheard"]

    /// What the contract asks for, in its own order.
    private static func expected(_ names: Names) -> String {
        let explicit = [names.listener, names.host.tenant, names.header].compactMap { $0 }
        let mismatch = "403 tenant_mismatch"
        if Set(explicit).count > 1 { return mismatch }
        let all = Set(explicit + [names.path].compactMap { $0 })
        switch names.credential {
        case .key(let tenant), .token(let tenant?):
            // A tenant that the credential does not belong to, whether or not there is such a one.
            if !all.isSubset(of: [tenant]) || !known.contains(tenant) { return mismatch }
        case .token(nil):
            // It belongs to the default tenant, without being its member.
            if !all.isSubset(of: ["default"]) { return mismatch }
        case .none, .bad:
            if let first = explicit.first, !known.contains(first) { return "404 not_found" }
            if all.count > 1 { return mismatch }
            if let path = names.path, !known.contains(path) { return "404 not_found" }
        }
        return switch names.credential {
        case .none: "200 nobody"
        case .bad: "401 unauthenticated"
        case .key(let tenant): "200 key user \(tenant)"
        case .token(let tenant): "200 user user \(tenant ?? "")"
        }
    }

    private static func combinations() -> [Names] {
        listeners.flatMap { listener in
            hosts.flatMap { host in
                headers.flatMap { header in
                    credentials.flatMap { credential in
                        paths.map { path in
                            Names(listener: listener, host: host, header: header, credential: credential, path: path)
                        }
                    }
                }
            }
        }
    }

    @Test("Each combination has the answer that the contract asks for, and all contradictions are one")
    func all() throws {
        let harness = try GatewayHarness {
            $0.requestLog = .none
        } tenants: { module in
            let enabled = try GatewayHarness.enabled(module) { manifest in
                for index in manifest.routes.indices { manifest.routes[index].limit = nil }
            }
            return [
                TenantEntry(id: "default", modules: [enabled]),
                TenantEntry(id: "a", hosts: ["a.example"], modules: [enabled]),
            ]
        }
        var ports: [String?: Int] = [nil: harness.port]
        for case let tenant? in Self.listeners { ports[tenant] = try harness.listen(for: tenant) }
        var lines: [String: String] = [:]
        for tenant in Self.known { lines["key \(tenant)"] = try harness.key(tenant) }
        var clients: [Int: RawClient] = [:]
        var contradictions: Set<String> = []
        for names in Self.combinations() {
            guard let port = ports[names.listener] else { continue }
            let client = try clients[port] ?? RawClient(port: port)
            clients[port] = client
            var headers = ["X-Request-ID: r"]
            if let header = names.header { headers.append("X-Tenant-Id: \(header)") }
            switch names.credential {
            case .none: break
            case .bad: headers.append("Authorization: Bearer nonsense")
            case .key(let tenant): headers.append(lines["key \(tenant)"] ?? "")
            case .token(let tenant): headers.append(harness.token(tenant))
            }
            let path = names.path.map { "/v1/orgs/\($0)/items/1" } ?? "/v1/open"
            try client.send(
                "GET \(path) HTTP/1.1\r\nHost: \(names.host.name)\r\n"
                    + headers.map { $0 + "\r\n" }.joined() + "\r\n")
            let response = try client.receive()
            let summary = response.status == 200 ? "200 \(response.seen("principal") ?? "?")" : response.summary
            #expect(summary == Self.expected(names), "\(names)")
            if response.status == 403 {
                contradictions.insert(
                    response.headers.filter { $0.name != "date" }.map { "\($0)" }.joined() + response.body)
            }
        }
        #expect(contradictions.count == 1)
    }
}
