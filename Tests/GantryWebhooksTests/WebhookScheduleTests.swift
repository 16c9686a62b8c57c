import GantryCore
import Testing

@testable import GantryWebhooks

@Suite("When a delivery is tried again")
struct WebhookScheduleTests {
    private let schedule = WebhookSchedule(Deployment.Webhooks())

    private func verdict(
        _ status: Int?, attempt: Int64 = 1, isTrial: Bool = false, retryAfter: String? = nil, jitter: Double = 0
    ) -> WebhookSchedule.Verdict {
        schedule.verdict(
            on: .init(status: status, retryAfter: retryAfter), attempt: attempt, isTrial: isTrial,
            nowMilliseconds: 1_000_000, jitter: jitter)
    }

    @Test("After 5 s, 5 min, 30 min, 2 h and 5 h, and no more after the sixth attempt")
    func waits() {
        let waits: [Int64] = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000]
        for (index, wait) in waits.enumerated() {
            #expect(verdict(500, attempt: Int64(index) + 1) == .again(atMilliseconds: 1_000_000 + wait))
            #expect(
                verdict(nil, attempt: Int64(index) + 1, jitter: 1)
                    == .again(atMilliseconds: 1_000_000 + wait + wait / 10))
        }
        #expect(verdict(500, attempt: 6) == .failed)
        #expect(verdict(nil, attempt: 6) == .failed)
    }

    @Test(
        "2xx alone is a success; a redirect is a failure; 410 ends it", arguments: [100, 301, 302, 307, 404, 429, 503])
    func statuses(_ status: Int) {
        #expect(verdict(status) == .again(atMilliseconds: 1_005_000))
        #expect(verdict(200) == .succeeded && verdict(204, attempt: 6) == .succeeded && verdict(299) == .succeeded)
        #expect(verdict(410) == .gone)
    }

    @Test("A trial is made once")
    func trial() {
        #expect(verdict(500, isTrial: true) == .failed)
        #expect(verdict(nil, isTrial: true) == .failed)
        #expect(verdict(200, isTrial: true) == .succeeded)
    }

    @Test("Retry-After puts the next attempt off, never forward, and for a day at most")
    func retryAfter() {
        #expect(verdict(503, retryAfter: "60") == .again(atMilliseconds: 1_060_000))
        #expect(verdict(503, retryAfter: "1") == .again(atMilliseconds: 1_005_000))
        #expect(verdict(429, retryAfter: "Thu, 01 Jan 1970 00:20:00 GMT") == .again(atMilliseconds: 1_200_000))
        #expect(verdict(503, retryAfter: "99999999999999999999") == .again(atMilliseconds: 87_400_000))
        #expect(verdict(503, retryAfter: "soon") == .again(atMilliseconds: 1_005_000))
        #expect(verdict(503, attempt: 6, retryAfter: "60") == .failed)
    }

    @Test("An operator's waits take their place")
    func settings() throws {
        let deployment = try Deployment(yaml: "webhooks: {retries: [50ms, 1s], timeout: 2s}", file: "d.yaml")
        #expect(deployment.webhooks.timeoutMilliseconds == 2000)
        let schedule = WebhookSchedule(deployment.webhooks)
        let answer = WebhookSchedule.Answer(status: 500)
        #expect(
            schedule.verdict(on: answer, attempt: 2, isTrial: false, nowMilliseconds: 0, jitter: 0)
                == .again(atMilliseconds: 1000))
        #expect(schedule.verdict(on: answer, attempt: 3, isTrial: false, nowMilliseconds: 0) == .failed)
        #expect(throws: ConfigurationError.self) {
            try Deployment(yaml: "webhooks: {retries: []}", file: "d.yaml")
        }
        #expect(throws: ConfigurationError.self) {
            try Deployment(yaml: "webhooks: {retries: [1s, 1s, 1s, 1s, 1s, 1s]}", file: "d.yaml")
        }
    }
}
