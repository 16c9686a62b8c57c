import GantryCore
import Testing

@Suite("Whose tokens a deployment accepts")
struct AuthenticationTests {
    private func read(_ auth: String) throws -> Deployment.Authentication {
        try Deployment(yaml: "auth: \(auth)", file: "deployment.yaml").authentication
    }

    private func variables(_ values: [String: String]) throws -> Deployment.Authentication {
        try Deployment.Authentication { values[$0] }
    }

    @Test("File and environment say the same in their own ways")
    func same() throws {
        let file = try read(
            "{provider: clerk, jwks: 'https://id/keys', algorithms: [RS256, EdDSA], issuer: i, audience: a}")
        let environment = try variables([
            "AUTH_PROVIDER": "clerk", "AUTH_JWKS_URL": "https://id/keys", "AUTH_ALGORITHMS": "RS256, EdDSA",
            "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a",
        ])
        #expect(file == environment)
        #expect(file.algorithms == [.rs256, .edDSA])
        #expect(try variables(["AUTH_ISSUER": "", "AUTH_ALGORITHMS": ""]).isEmpty)
    }

    @Test("What a tenant leaves out is the deployment's")
    func tenant() throws {
        let deployment = try Deployment(
            yaml: """
                auth: {issuer: i, audience: a, outage: 60}
                tenants:
                  - {id: a, auth: {issuer: own}}
                  - {id: b}
                """, file: "deployment.yaml")
        let own = deployment.tenants[0].authentication.over(deployment.authentication)
        #expect((own.issuer, own.audience, own.outageSeconds) == ("own", "a", 60))
        #expect(deployment.tenants[1].authentication.isEmpty)
    }

    @Test(
        "Keys come from where nobody on the way can change them",
        arguments: [
            ("https://id.example.org/keys", true), ("HTTPS://id.example.org", true), ("file:///etc/keys.json", true),
            ("http://127.0.0.1:8080/keys", true), ("http://localhost/keys", true), ("http://[::1]:80/keys", true),
            ("http://id.example.org/keys", false), ("http://127.0.0.1.example.org/keys", false),
            ("http://localhost@example.org/keys", false), ("http://127.0.0.1:80@example.org/", false),
            ("http://localhost:8x/", false), ("ftp://id/keys", false), ("file://host/keys", false), ("file:///", false),
            ("https://", false), ("https://id/ keys", false), ("keys.json", false), ("", false),
        ])
    func addresses(url: String, isGood: Bool) {
        #expect(((try? read("{jwks: '\(url)'}")) != nil) == isGood)
        #expect(((try? variables(["AUTH_JWKS_URL": url])) != nil) == (isGood || url.isEmpty))
    }

    @Test(
        "What makes no sense is refused by name",
        arguments: [
            ("{provider: okta}", "auth.provider"), ("{algorithms: []}", "auth.algorithms"),
            ("{algorithms: [none]}", "auth.algorithms.0"), ("{algorithms: [HS256]}", "auth.algorithms.0"),
            ("{algorithms: [rs256]}", "auth.algorithms.0"), ("{outage: -1}", "auth.outage"),
            ("{secret: x}", "auth.secret"),
        ])
    func faults(auth: String, field: String) {
        let fault = #expect(throws: ConfigurationError.self) { try read(auth) }
        #expect(fault?.field == field)
    }

    @Test(
        "A variable that makes no sense is refused by name",
        arguments: [("AUTH_PROVIDER", "okta"), ("AUTH_ALGORITHMS", "RS256,none"), ("AUTH_JWKS_URL", "http://id/keys")])
    func variableFaults(name: String, value: String) {
        let fault = #expect(throws: ConfigurationError.self) { try variables([name: value]) }
        #expect(fault?.field == name)
    }
}
