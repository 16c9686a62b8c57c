import Testing

@testable import GantryServer

@Suite("Dates of HTTP")
struct HTTPDateTests {
    @Test(
        "They are those of the calendar",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ])
    func dates(second: Int, text: String) {
        var bytes = [UInt8](repeating: UInt8(ascii: " "), count: HTTPDate.count)
        HTTPDate.write(second: second, into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
}
