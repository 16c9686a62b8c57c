import GantryCore
import Testing

@Suite("Settings from the environment, mail and allowances in manifests")
struct ManifestEnvironmentTests {
    private func manifest(_ more: String, capabilities: String = "[]", id: String = "contact-form") throws -> Manifest {
        try Manifest(
            yaml: """
                id: \(id)
                version: 1.0.0
                interface: {minimum: 1, maximum: 1}
                library: libcontact.so
                contract: openapi.yaml
                capabilities: \(capabilities)
                routes:
                  - {operation: a, method: GET, path: /a, execution: blocking, role: public, allowance: contact,
                     resource: A}
                \(more)
                """, file: "module.yaml")
    }

    @Test("A module is given what bears its own name, and what is everybody's")
    func own() throws {
        let manifest = try manifest("environment: [CONTACT_FORM_SUBJECT, ADMIN_EMAIL]")
        #expect(manifest.environment == ["CONTACT_FORM_SUBJECT", "ADMIN_EMAIL"])
        #expect(manifest.routes[0].toldGroup == .contact && manifest.routes[0].resource == "A")
    }

    @Test(
        "What is the host's or another module's is not to be had",
        arguments: [
            "SMTP_URL", "JWT_SECRET", "CONTACT_FORM_", "CONTACT_SUBJECT", "ACCOUNTS_SECRET", "contact_form_x", "PATH",
        ])
    func foreign(name: String) {
        #expect(throws: ConfigurationError.self) { try manifest("environment: [\(name)]") }
    }

    @Test("Templates need the capability, and the capability needs templates, jobs and a database")
    func mail() throws {
        let templates = "mail: {templates: {note: {subject: Hello, text: There}}}"
        let all = "[database, jobs, mail]"
        #expect(try manifest(templates, capabilities: all).mail?.templates["note"]?.subject == "Hello")
        for capabilities in ["[database, jobs]", "[database, mail]", "[jobs, mail]"] {
            #expect(throws: ConfigurationError.self) { try manifest(templates, capabilities: capabilities) }
        }
        #expect(throws: ConfigurationError.self) { try manifest("", capabilities: all) }
        let twoLines = #"mail: {templates: {note: {subject: "Hello\nBcc: x", text: There}}}"#
        #expect(throws: ConfigurationError.self) { try manifest(twoLines, capabilities: all) }
    }

    @Test("The environment names server and sender, and an empty value takes them away")
    func settings() throws {
        var mail = Deployment.Mail()
        mail.server = "smtp://other.example"
        let named = try mail.with(environment: [
            "SMTP_URL": "smtps://mail.example:465", "MAIL_FROM": "Desk <a@b.example>",
        ])
        #expect(named.server == "smtps://mail.example:465" && named.sender == "Desk <a@b.example>")
        #expect(try mail.with(environment: ["SMTP_URL": ""]).server == nil)
        #expect(try mail.with(environment: [:]) == mail)
    }

    @Test(
        "What is no server or sender is refused without being repeated",
        arguments: [
            ("SMTP_URL", "http://x:secret@y"), ("SMTP_URL", "smtp://a b"), ("MAIL_FROM", "a@b.example\r\nBcc: c"),
        ])
    func unreadable(name: String, value: String) {
        let error = #expect(throws: UnreadableSetting.self) { try Deployment.Mail().with(environment: [name: value]) }
        #expect(error.map { !"\($0)".contains(value) } ?? false)
    }
}
