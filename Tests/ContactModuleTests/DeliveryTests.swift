import GantryKit
import GantryKitTesting
import Testing

@testable import ContactModule

@Suite("Deliveries of submissions")
struct DeliveryTests {
    private let host: TestHost

    init() throws {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        host = try TestHost(
            ContactModule.self, bundle: "/\(source)/manifests/contact",
            .init(
                configuration: #"{"CONTACT_WEBHOOK_URL":"https://crm.example/hook","#
                    + #""CONTACT_WEBHOOK_SECRET":"test-only-contact-secret"}"#
            ))
        host.nowMilliseconds = 1_772_359_200_000
    }

    @Test("The contract's examples of signatures come out")
    func vectors() {
        let body = Array(#"{"event":"contact.submitted"}"#.utf8)
        let plain = DeliverySignature("test-only-contact-secret").headers(
            body, id: "CNT-4F09C2DE", seconds: 1_772_359_202)
        #expect(plain[0].value == "sha256=94a32ef6cb270b32f8820bc872da4602630cdb900dfe31e8cc7532a82fefa978")
        let prefixed = DeliverySignature("whsec_dGVzdC1vbmx5LWNvbnRhY3Qtc2VjcmV0LTAwMDE=")
            .headers(body, id: "CNT-4F09C2DE", seconds: 1_772_359_202)
        #expect(prefixed[0].value == "sha256=05916593c36f1c0486e017a5007f4a339d9cd0f2b469d57a86f21279bb863434")
        #expect(prefixed[1].value == "v1,L0b0Hmgaz1CsyH92nRtp4sK1gtWOXdnquXE9TLH3wS0=")
    }

    private func submit() throws {
        let body = #"{"name":"Ines","email":"ines@studio.example","message":"Please call me back."}"#
        #expect(try host.call("submitContact", json: body).status == 200)
    }

    /// Runs the job that is queued; how long after now it was to run.
    private func runNext() throws -> Int64 {
        let job = try #require(host.jobs.last)
        let wait = max(0, job.notBeforeMilliseconds - host.nowMilliseconds)
        host.nowMilliseconds += wait
        _ = try host.runJobs()
        return wait
    }

    @Test("Each attempt has the same body and waits longer; the eighth is the last")
    func waits() throws {
        host.onOutbound { _ in OutboundResponse(status: 500) }
        try submit()
        var waits: [Int64] = []
        for _ in 0..<7 { waits.append(try runNext()) }
        let least: [Int64] = [0, 5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000]
        for (wait, least) in zip(waits, least) { #expect(least...(least + least / 5) ~= wait) }
        _ = try? runNext()
        let requests = host.outboundRequests
        #expect(requests.count == 8 && requests.allSatisfy { $0.body == requests[0].body })
        #expect(host.jobs.allSatisfy { $0.name != "deliver" } || host.jobs.count == 1)
        #expect(requests[0].headers.contains { $0.name == "webhook-signature" })
    }

    @Test("410 ends the matter, and a Retry-After is waited for")
    func answers() throws {
        host.onOutbound { _ in OutboundResponse(status: 503, headers: [("retry-after", "900")]) }
        try submit()
        _ = try runNext()
        #expect(try #require(host.jobs.last).notBeforeMilliseconds >= host.nowMilliseconds + 900_000)
        host.onOutbound { _ in OutboundResponse(status: 410) }
        _ = try runNext()
        #expect(host.jobs.isEmpty)
    }
}
