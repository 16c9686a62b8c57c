import CCurl
import Testing

@testable import GantryOutbound

@Suite("Replies of the mail server")
struct MailServerTests {
    @Test(
        "Only what is said of the mail itself is for good",
        arguments: [
            (CURLE_SEND_ERROR, 550, false, true), (CURLE_SEND_ERROR, 501, false, true),
            (CURLE_WEIRD_SERVER_REPLY, 554, true, true),
            // The greeting, a full house, a password, TLS, and silence.
            (CURLE_WEIRD_SERVER_REPLY, 554, false, false), (CURLE_SEND_ERROR, 451, false, false),
            (CURLE_LOGIN_DENIED, 535, false, false), (CURLE_USE_SSL_FAILED, 502, false, false),
            (CURLE_OPERATION_TIMEDOUT, 0, true, false),
        ])
    func isFinal(result: CURLcode, reply: Int, wasSent: Bool, expected: Bool) {
        #expect(MailServer.isFinal(result, reply: reply, wasSent: wasSent) == expected)
    }

    @Test("Nobody listens: not for good, and the message names no password")
    func unreachable() {
        let server = MailServer(url: "smtp://post:hidden@127.0.0.1:1", requiresEncryption: false, certificateFile: nil)
        let letter = MailServer.Letter(sender: "a@b.example", recipient: "c@d.example", bytes: [])
        let refusal = #expect(throws: MailServer.Refusal.self) { try server.submit(letter) }
        #expect(refusal?.isFinal == false && refusal?.message.contains("hidden") == false)
    }
}
