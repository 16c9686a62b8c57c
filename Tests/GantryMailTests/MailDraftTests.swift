import GantryCore
import GantryMail
import Testing

@Suite("Mails filled in from templates")
struct MailDraftTests {
    private let mail: Manifest.Mail

    init() throws {
        let yaml = """
            id: post
            version: 1.0.0
            interface: {minimum: 1, maximum: 1}
            library: libpost.so
            contract: openapi.yaml
            capabilities: [database, jobs, mail]
            routes: []
            mail:
              templates:
                note:
                  subject: 'From {{name}}'
                  text: "Dear {{ name }},\\n{{count}} {{flag}}{{none}}"
                  html: '<p>{{name}}</p>'
            """
        mail = try #require(try Manifest(yaml: yaml, file: "module.yaml").mail)
    }

    private func draft(
        _ name: String = "Ada", to: String = "ada@lovelace.example", replyTo: String = "", variables: String? = nil
    ) throws -> MailDraft {
        try MailDraft(
            template: "note", of: mail, to: to, replyTo: replyTo, user: "",
            variables: variables ?? #"{"name":"\#(name)","count":3,"flag":true,"none":null}"#,
            atMilliseconds: 1_781_500_000_000)
    }

    private func text(_ draft: MailDraft) throws -> String {
        let sender = try #require(MailSender("Harbor Ünit <post@harbor.example>"))
        return String(decoding: MailText.bytes(of: draft, from: sender, id: "0190-1"), as: UTF8.self)
    }

    @Test("Variables stand where their names did, and a payload says the same again")
    func filled() throws {
        let draft = try draft()
        #expect(draft.subject == "From Ada" && draft.text == "Dear Ada,\n3 true" && draft.html == "<p>Ada</p>")
        #expect(try MailDraft(payload: draft.payload()) == draft)
    }

    @Test("The same draft and id give the same bytes, with a Message-ID of the sender's host")
    func bytes() throws {
        let first = try text(draft())
        #expect(try first == text(draft()))
        #expect(first.contains("\r\nMessage-ID: <0190-1@harbor.example>\r\n"))
        #expect(first.hasPrefix("Date: Mon, 15 Jun 2026 05:06:40 +0000\r\nFrom: =?utf-8?B?"))
        #expect(first.contains("?= <post@harbor.example>\r\nTo: ada@lovelace.example\r\n"))
        #expect(first.split(separator: "\r\n", omittingEmptySubsequences: false).allSatisfy { $0.utf8.count <= 76 })
    }

    @Test(
        "A variable writes no header and no markup",
        arguments: [#"A\r\nBcc: eve@evil.example"#, #"A\nBcc: eve@evil.example"#, #"A\u2028Bcc: x"#, #"A\u0085Bcc: x"#])
    func injection(name: String) throws {
        let draft = try draft(name)
        #expect(!draft.subject.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{85}" || $0 == "\u{2028}" })
        let head = try text(draft).split(separator: "\r\n\r\n", maxSplits: 1)[0]
        #expect(!head.split(separator: "\r\n").contains { $0.lowercased().hasPrefix("bcc") })
        #expect(try self.draft("<b onload='x'>\\\"&").html == "<p>&lt;b onload=&#39;x&#39;&gt;&quot;&amp;</p>")
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", "ada", "ada@", "@host.example", "a@host.example\r\nBcc: eve@evil.example",
            "a@host.example, b@host.example",
            "<a@host.example>", "a b@host.example", "a@host.example>\r\nRCPT TO:<b@host.example", "a@host",
        ])
    func addresses(address: String) {
        #expect(throws: MailError.self) { try draft(to: address) }
        if !address.isEmpty { #expect(throws: MailError.self) { try draft(replyTo: address) } }
    }

    @Test("A missing variable, a list, and a template that is not there are refused")
    func variables() {
        #expect(throws: MailError.self) { try draft(variables: #"{"name":"Ada"}"#) }
        #expect(throws: MailError.self) { try draft(variables: #"{"name":["Ada"],"count":1,"flag":1,"none":1}"#) }
        #expect(throws: MailError.self) { try draft(variables: "[]") }
        #expect(throws: MailError.self) {
            try MailDraft(
                template: "other", of: mail, to: "a@b.example", replyTo: "", user: "", variables: "{}",
                atMilliseconds: 0)
        }
        let large = String(repeating: "x", count: 300_000)
        #expect(throws: MailError.self) { try draft(large).payload() }
    }

    @Test("Long subjects and other scripts travel in encoded words")
    func subjects() throws {
        let text = try text(draft("Žofie 🌊 " + String(repeating: "a", count: 200)))
        #expect(text.contains("\r\nSubject: =?utf-8?B?") && text.contains("?=\r\n =?utf-8?B?"))
    }

    @Test(
        "A sender is an address, perhaps with a name",
        arguments: [
            ("post@harbor.example", "post@harbor.example", ""), ("Harbor <a@b.example>", "a@b.example", "Harbor"),
            ("\"Harbor, Ltd\" <a@b.example>", "a@b.example", "Harbor, Ltd"), ("root@localhost", "root@localhost", ""),
        ])
    func senders(text: String, address: String, name: String) throws {
        let sender = try #require(MailSender(text))
        #expect(sender.address == address && sender.name == name)
    }

    @Test(
        "A sender with line ends or without an address is none",
        arguments: ["Harbor", "a@b.example\r\nBcc: c", "", "<>"])
    func noSender(text: String) {
        #expect(MailSender(text) == nil)
    }
}
