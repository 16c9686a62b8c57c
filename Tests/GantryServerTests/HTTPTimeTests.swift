import GantryServer
import Testing

@Suite("Dates of headers, read")
struct HTTPTimeTests {
    @Test(
        "All three forms are read",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        ])
    func forms(text: String) {
        #expect(HTTPTime.seconds(text, now: 1_770_000_000) == 784_111_777)
    }

    @Test("A year of two digits that seems far ahead is of the century before")
    func century() {
        #expect(HTTPTime.seconds("Monday, 01-Jan-75 00:00:00 GMT", now: 1_770_000_000) == 3_313_526_400)
        #expect(HTTPTime.seconds("Monday, 01-Jan-79 00:00:00 GMT", now: 1_770_000_000) == 283_996_800)
    }

    @Test("What is written is read", arguments: [0, 784_111_777, 951_782_400, 1_709_251_199, 4_102_444_800])
    func both(second: Int) {
        #expect(HTTPTime.seconds(HTTPTime.text(second: second), now: 0) == second)
    }

    @Test(
        "What is no date is none",
        arguments: [
            "", "yesterday", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
        ])
    func none(text: String) {
        #expect(HTTPTime.seconds(text, now: 1_770_000_000) == nil)
    }
}
