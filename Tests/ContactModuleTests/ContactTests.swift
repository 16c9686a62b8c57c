import ContactModule
import GantryKit
import GantryKitTesting
import Testing

@Suite("The contact form")
struct ContactTests {
    private func host(_ configuration: String = "{}") throws -> TestHost {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let host = try TestHost(
            ContactModule.self, bundle: "/\(source)/manifests/contact", .init(configuration: configuration))
        host.nowMilliseconds = 1_772_359_200_000
        return host
    }

    private static let least =
        #""name":" Ines Caldeira ","email":"ines@studio.example","message":"Please call me back.""#

    private func submit(_ host: TestHost, _ more: String = "") throws -> TestResponse {
        try host.call("submitContact", json: "{\(Self.least)\(more)}")
    }

    @Test("A submission is stored, announced and confirmed under one reference")
    func submission() throws {
        let host = try host(#"{"ADMIN_EMAIL":"desk@harbor.example"}"#)
        let reply = try submit(host, #","subject":" Quote ","extra_fields":{"b": 1, "a":[1, 2]},"phone":null"#)
        #expect(reply.status == 200)
        let reference = try reply.json().withRoot { try #require($0["reference_id"]?.string) }
        #expect(reference.count == 12 && reference.hasPrefix("CNT-"))
        #expect(host.published.map(\.type) == ["contact.submitted", "email.requested", "email.requested"])
        try host.published[0].json().withRoot { data in
            #expect(data["reference_id"]?.string == reference && data["name"]?.string == "Ines Caldeira")
            #expect(data["subject"]?.string == "Quote" && data["phone"]?.isNull == true)
            #expect(data["submitted_at"]?.string == "2026-03-01T10:00:00Z")
        }
        let extra = try host.database.value("SELECT extra_fields FROM submissions")
        #expect(extra == .text(#"{"b":1,"a":[1,2]}"#))
        #expect(host.mails.map(\.template) == ["contact_admin", "contact_confirmation"])
        #expect(host.mails.map(\.to) == ["desk@harbor.example", "ines@studio.example"])
        #expect(host.mails[0].replyTo == "ines@studio.example" && host.mails[0].text("subject") == "Quote")
        #expect(host.jobs.isEmpty)
    }

    @Test("A confirmation shows nothing of what was sent, so that nobody writes to others through the form")
    func confirmation() throws {
        let host = try host()
        _ = try submit(host)
        #expect(host.mails.map(\.template) == ["contact_confirmation"])
        #expect(String(decoding: host.mails[0].variables, as: UTF8.self).count < 50)
        let off = try self.host(#"{"CONTACT_SEND_CONFIRMATION":"false"}"#)
        _ = try submit(off)
        #expect(off.mails.isEmpty)
    }

    @Test("Mail that the host refuses changes nothing about the submission")
    func refusedMail() throws {
        let host = try host(#"{"ADMIN_EMAIL":"nobody"}"#)
        #expect(try submit(host).status == 200)
        #expect(host.mails.map(\.template) == ["contact_confirmation"])
        #expect(host.logs.contains { $0.message == "A mail about a submission is not sent." })
    }

    @Test(
        "What the settings ask for has to be there",
        arguments: [
            (#","phone":"1""#, "subject"), (#","subject":"  ","phone":"1""#, "subject"), (#","subject":"A""#, "phone"),
        ])
    func required(more: String, field: String) throws {
        let host = try host(#"{"CONTACT_REQUIRE_SUBJECT":"true","CONTACT_REQUIRE_PHONE":true}"#)
        #expect(try host.check("submitContact", json: "{\(Self.least)\(more)}").map(\.path) == [field])
        #expect(try submit(host, #","subject":"A","phone":"1""#).status == 200)
    }

    @Test("What is free has bounds")
    func extra() throws {
        let host = try host()
        func findings(_ extra: String) throws -> [String] {
            try host.check("submitContact", json: #"{\#(Self.least),"extra_fields":\#(extra)}"#).map(\.path)
        }
        let key = String(repeating: "ž", count: 100)
        #expect(try findings(#"{"\#(key)":1}"#) == [])
        #expect(try findings(#"{"\#(key)x":1}"#) == ["extra_fields"])
        let fitting = String(repeating: "x", count: 10_240 - 8)
        #expect(try findings(#"{  "a":  "\#(fitting)"  }"#) == [])
        #expect(try findings(#"{"a":"\#(fitting)x"}"#) == ["extra_fields"])
        #expect(try findings("null") == [])
    }

    @Test("What cannot be stored is told as such")
    func unavailable() throws {
        let host = try host()
        host.answerCommits([.failed])
        let reply = try submit(host)
        #expect(reply.status == 503 && reply.text.contains(#""service":"contact""#))
        #expect(host.published.isEmpty && host.mails.isEmpty)
    }

    @Test("The status tells the allowance that the host has counted")
    func status() throws {
        let host = try host(#"{"CONTACT_REQUIRE_PHONE":"TRUE"}"#)
        func status(_ headers: [(name: String, value: String)]) throws -> String {
            try host.call("getContactStatus", headers: [("gantry-allowance", "5 3 1772362800 5/hour")] + headers).text
        }
        let first = try status([])
        #expect(
            first
                == #"{"available":true,"rate_limit":{"limit":5,"remaining":3,"reset":1772362800,"window":"5/hour"},"#
                + #""config":{"require_subject":false,"require_phone":true,"sends_confirmation":true}}"#)
        #expect(try status([("x-api-version", "v2")]).hasSuffix(#","seconds_until_reset":3600}"#))
    }
}
