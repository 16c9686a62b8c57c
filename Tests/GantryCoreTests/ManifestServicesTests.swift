import GantryCore
import Testing

@Suite("What a manifest says of services")
struct ManifestServicesTests {
    private static let capabilities = "capabilities: [http_client, blobs, cache, secrets, identity]"

    @Test("Hosts, secrets and kinds of tokens are read")
    func whole() throws {
        let manifest = try Manifest(
            yaml: minimal([
                Self.capabilities, #"outbound: [api.example.com, "*.example.org:8443"]"#,
                "secrets: [{name: api-key}, {name: extra, required: false}]",
                "issues: [{kind: share, roles: [viewer, editor], lifetime: 30d}]",
            ]), file: "m")
        #expect(manifest.outbound.map(\.description) == ["api.example.com", "*.example.org:8443"])
        #expect(manifest.secrets.map(\.name) == ["api-key", "extra"])
        #expect(manifest.secrets.map(\.isRequired) == [true, false])
        #expect(manifest.issues.map(\.kind) == ["share"])
        #expect(manifest.issues.first?.roles == ["viewer", "editor"])
        #expect(manifest.issues.first?.maximumLifetimeSeconds == 2_592_000)
        #expect(manifest.capabilities == [.httpClient, .blobs, .cache, .secrets, .identity])
    }

    @Test(
        "What contradicts itself is refused",
        arguments: [
            (["outbound: [a.example]"], "http_client"), (["capabilities: [http_client]"], "outbound"),
            (["secrets: [{name: a}]"], "secrets"), (["issues: [{kind: a, roles: [b], lifetime: 1h}]"], "identity"),
            (["capabilities: [http_client]", "outbound: [\"https://a.example\"]"], "A host is written"),
            (["capabilities: [secrets]", "secrets: [{name: A}]"], "lowercase"),
            (["capabilities: [secrets]", "secrets: [{name: a}, {name: a}]"], "twice"),
            (["capabilities: [identity]", "issues: [{kind: a, roles: [], lifetime: 1h}]"], "role"),
            (["capabilities: [identity]", "issues: [{kind: a, roles: [b], lifetime: 1 hour}]"], "A time is written"),
        ])
    func refused(lines: [String], words: String) throws {
        do {
            _ = try Manifest(yaml: minimal(lines), file: "m")
            Issue.record("It was taken.")
        } catch let error as ConfigurationError { #expect(error.description.contains(words), "\(error)") }
    }

    @Test("A deployment narrows hosts, allows addresses, and says where the key lies")
    func deployment() throws {
        let deployment = try Deployment(
            yaml: """
                outbound: {allow: [10.1.0.0/16], certificates: /etc/ours.pem}
                secrets: {key: /etc/gantry.key}
                tenants: [{id: t, modules: {m: {outbound: [a.example]}, n: {}}}]
                """, file: "d")
        #expect(deployment.outboundAddresses.map(\.description) == ["10.1.0.0/16"])
        #expect(deployment.outboundCertificates == "/etc/ours.pem")
        #expect(deployment.secretKeyFile == "/etc/gantry.key")
        #expect(deployment.tenants[0].modules[0].outbound?.map(\.description) == ["a.example"])
        #expect(deployment.tenants[0].modules[1].outbound == nil)
    }
}
