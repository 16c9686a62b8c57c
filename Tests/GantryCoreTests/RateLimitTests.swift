import GantryCore
import Testing

@Suite("Rate limits")
struct RateLimitTests {
    @Test(
        "each period is read and written back",
        arguments: [("1/second", 1), ("600/minute", 60), ("5/hour", 3600), ("9223372036854775807/day", 86400)])
    func reads(text: String, periodSeconds: Int) throws {
        let limit = try #require(RateLimit(text))
        #expect(limit.periodSeconds == periodSeconds)
        #expect(limit.description == text)
    }

    @Test(
        "other forms are refused",
        arguments: [
            "", "/", "5", "5/", "/minute", "0/minute", "-1/minute", "+5/minute", "5/minutes", "5/Minute", " 5/minute",
            "5 /minute", "5/minute/", "1.5/minute", "9223372036854775808/day", "٥/minute",
        ])
    func refuses(text: String) {
        #expect(RateLimit(text) == nil)
    }

    @Test("a period of another length is written in seconds")
    func describesOtherPeriods() {
        #expect(RateLimit(count: 3, periodSeconds: 90).description == "3/90 seconds")
    }
}
