import Testing

@testable import GantryGateway

@Suite("Ranges")
struct ByteRangeTests {
    @Test(
        "One range of bytes is honoured; several, other units and nonsense mean the whole",
        arguments: [
            ("bytes=0-0", .part(0..<1)), ("bytes=0-", .part(0..<10)), ("bytes=-3", .part(7..<10)),
            ("bytes=-30", .part(0..<10)), ("bytes=9-9", .part(9..<10)), ("bytes=5-100", .part(5..<10)),
            (" bytes = 1 - 2 ", .part(1..<3)), ("BYTES=1-2", .part(1..<3)),
            ("bytes=5-99999999999999999999", .part(5..<10)), ("bytes=10-", .none), ("bytes=-0", .none),
            ("bytes=99999999999999999999-", .none), ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole),
            ("bytes=", .whole), ("bytes=-", .whole), ("bytes=3-2", .whole), ("bytes=a-b", .whole),
            ("bytes=+1-2", .whole), ("bytes=1-2-3", .whole), ("", .whole),
        ] as [(String, ByteRange.Wanted)])
    func wanted(header: String, wanted: ByteRange.Wanted) {
        #expect(ByteRange.wanted(header, size: 10) == wanted)
    }
}
