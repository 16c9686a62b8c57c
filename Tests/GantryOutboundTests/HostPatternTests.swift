import GantryCore
import GantryJSON
import GantryOutbound
import Testing

@Suite("Host patterns")
struct HostPatternTests {
    private func allows(_ pattern: String, _ host: String, port: UInt16 = 443) throws -> Bool {
        try #require(HostPattern(pattern)).allows(host: host, port: port, defaultPort: 443)
    }

    @Test("A name allows itself at the scheme's own port")
    func name() throws {
        #expect(try allows("API.example.com", "api.example.com"))
        #expect(try !allows("api.example.com", "api.example.com", port: 8443))
        #expect(try !allows("api.example.com", "evil-api.example.com"))
        #expect(try !allows("api.example.com", "api.example.com.evil.org"))
    }

    @Test("A wildcard allows names below it, not itself, nor names that only end alike")
    func wildcard() throws {
        #expect(try allows("*.example.org", "a.example.org"))
        #expect(try allows("*.example.org", "a.b.example.org"))
        #expect(try !allows("*.example.org", "example.org"))
        #expect(try !allows("*.example.org", "badexample.org"))
        #expect(try !allows("*.example.org", ".example.org"))
    }

    @Test("Ports are those that are written")
    func ports() throws {
        #expect(try allows("h.example:8443", "h.example", port: 8443))
        #expect(try !allows("h.example:8443", "h.example"))
        #expect(try allows("h.example:*", "h.example", port: 1))
        #expect(try allows("[2001:db8::1]:80", "[2001:db8::1]", port: 80))
    }

    @Test(
        "What is no pattern is refused",
        arguments: [
            "", "*", "*.", "a..b", "a b", "https://a", "a/b", "a:0", "a:70000", "a:", "a:1:2", "[::1", "[nonsense]",
            "ünïcode.example", "a.*.b", "*.[::1]",
        ])
    func nonsense(text: String) { #expect(HostPattern(text) == nil) }

    @Test(
        "A host that the configuration names is that of the URL there, with its port",
        arguments: [
            (#"{"language":{"Endpoint":"https://llm.example/v1"}}"#, "llm.example:443"),
            (#"{"language":{"Endpoint":"http://127.0.0.1:8080"}}"#, "127.0.0.1:8080"),
            (#"{"language":{"Endpoint":"http://[::1]:81/x"}}"#, "[::1]:81"),
            (#"{"language":{"Endpoint":"llm.example"}}"#, nil),
            (#"{"language":{"Endpoint":"file:///etc/passwd"}}"#, nil),
            (#"{"language":{"Endpoint":"https://user@llm.example/"}}"#, nil), (#"{"language":{}}"#, nil), ("{}", nil),
        ] as [(String, String?)])
    func configured(configuration: String, host: String?) throws {
        let pattern = try #require(HostPattern("{language.Endpoint}"))
        let resolved = try JSONDocument(configuration).withRoot { pattern.resolved($0) }
        #expect(resolved?.description == host)
        #expect(!pattern.allows(host: "", port: 443, defaultPort: 443))
        let fixed = try #require(HostPattern("a.example"))
        #expect(try JSONDocument(configuration).withRoot { fixed.resolved($0) } == fixed)
    }

    @Test(
        "A place in the configuration is written in braces", arguments: ["{", "{}", "{a", "{a..b}", "{a b}", "{a}:80"])
    func noPlace(text: String) { #expect(HostPattern(text) == nil) }

    @Test(
        "A pattern is described as it is written",
        arguments: ["a.example", "*.a.example", "a:8080", "*.a:*", "{language.endpoint}"])
    func description(text: String) throws { #expect(try #require(HostPattern(text)).description == text) }
}
