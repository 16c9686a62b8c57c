import GantryCore
import Testing

@Suite("Settings of what browsers are told")
struct BrowserSettingTests {
    @Test("The file says it, and the process's environment says it louder")
    func both() throws {
        let file = try Deployment(
            yaml: """
                environment: production
                browsers: {origins: ['https://App.example:443/', 'http://localhost:3000'], pages: pages}
                versions: {v1: {deprecated: true, sunset: '2028-02-29T23:59:59Z', notice: Soon.}}
                answers: {compress: false, entity-tags: true}
                """, file: "d.yaml"
        ).browsers
        #expect(file.isProduction && !file.compresses && file.tagsAnswers && file.pagesFolder == "pages")
        #expect(file.origins == .listed(["https://app.example", "http://localhost:3000"]))
        #expect(file.deprecation?.sunsetSeconds == 1_835_481_599)
        #expect(file.deprecation?.notice == "Soon.")
        let both = try file.with(environment: [
            "ENVIRONMENT": "development", "CORS_ALLOWED_ORIGINS": " https://a.example , https://b.example ",
            "API_V1_SUNSET": "1970-01-01T00:00:00Z",
        ])
        #expect(!both.isProduction)
        #expect(both.origins == .listed(["https://a.example", "https://b.example"]))
        #expect(both.deprecation?.sunsetSeconds == 0)
        #expect(try file.with(environment: ["API_V1_DEPRECATED": "false"]).deprecation == nil)
        #expect(try file.with(environment: ["CORS_ALLOWED_ORIGINS": "*"]).origins == .any)
        #expect(try file.with(environment: ["CORS_ALLOWED_ORIGINS": ""]).origins == .none)
    }

    @Test(
        "A value that makes no sense is refused by name",
        arguments: [
            ("ENVIRONMENT", "live"), ("CORS_ALLOWED_ORIGINS", "app.example"),
            ("CORS_ALLOWED_ORIGINS", "https://a.example/path"), ("CORS_ALLOWED_ORIGINS", "*, https://a.example"),
            ("CORS_ALLOWED_ORIGINS", "https://a.example\r\nX: 1"), ("API_V1_DEPRECATED", "yes"),
            ("API_V1_SUNSET", "2027-02-29T00:00:00Z"), ("API_V1_SUNSET", "2027-02-28"),
            ("API_V1_DEPRECATION_NOTICE", "a\nb"),
        ])
    func refused(name: String, value: String) {
        #expect(throws: UnreadableSetting.self) {
            var environment = ["API_V1_DEPRECATED": "true"]
            environment[name] = value
            return try Deployment.Browsers().with(environment: environment)
        }
    }
}
