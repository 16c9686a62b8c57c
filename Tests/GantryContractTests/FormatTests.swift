import GantryContract
import GantryJSON
import Testing

@Suite("Formats")
struct FormatTests {
    @Test(
        "strings are held to their format",
        arguments: [
            ("email", "a.b+c@example.org", true), ("email", "a..b@example.org", false), ("email", "a@b@c.org", false),
            ("email", "\\\"a b\\\"@example.org", true), ("email", "a@[127.0.0.1]", true), ("email", "a@-x.org", false),
            ("uuid", "2eb8aa08-AA98-11ea-b4aa-73b441d16380", true), ("uuid", "2eb8aa08aa9811eab4aa73b441d16380", false),
            ("uri", "https://user@[::1]:8080/a?b=%20#c", true), ("uri", "/relative", false),
            ("uri", "https://a b", false),
            ("uri", "https://a/%zz", false), ("uri", "https://é.org/", false), ("uri-reference", "../a?b", true),
            ("uri-reference", "1:2", false), ("ipv4", "192.168.0.01", false), ("ipv4", "1.2.3.4", true),
            ("ipv4", "1.2.3", false), ("ipv6", "1::2::3", false), ("ipv6", "::ffff:1.2.3.4", true),
            ("hostname", "a-1.example", true), ("hostname", "a_b", false), ("hostname", "", false),
            ("date", "2024-02-29", true), ("date", "2023-02-29", false), ("time", "24:00:00Z", false),
            ("duration", "P1DT12H", true), ("duration", "P1D1W", false), ("byte", "YWI=", true), ("byte", "YW", false),
            ("json-pointer", "/a~2", false), ("date-time", "2026-06-14T05:03:00", false),
        ])
    func strings(format: String, text: String, isValid: Bool) throws {
        let rule = try schema(#"{"format":"\#(format)"}"#)
        let findings = try rule.findings("\"\(text)\"")
        #expect(findings.isEmpty == isValid)
        #expect(findings.allSatisfy { $0.keyword == .format(format) && $0.keyword.name == "format" })
    }

    @Test(
        "number formats set bounds, and no format concerns another type",
        arguments: [
            ("int32", "2147483647", true), ("int32", "2147483648", false), ("int64", "9223372036854775808", false),
            ("int64", "1e2", true), ("float", "1e39", false), ("double", "1e39", true), ("uuid", "5", true),
            ("int32", "\"x\"", true), ("password", "\"x\"", true),
        ])
    func others(format: String, json: String, isValid: Bool) throws {
        #expect(try schema(#"{"format":"\#(format)"}"#).findings(json).isEmpty == isValid)
    }
}
