import TestCommands
import Testing

@Suite("The corpus of what clients might send to the gateway")
struct GatewayFuzzTests {
    private static let folder = "\(TestFiles.repository())/Tests/Fuzz/Corpus/gateway"

    @Test("is read without a trap, and without contradictions")
    func replays() throws {
        let names = TestFiles.names(in: Self.folder)
        #expect(names.count >= 20)
        for name in names { GatewayFuzz.run(try #require(TestFiles.read("\(Self.folder)/\(name)"))) }
    }
}
