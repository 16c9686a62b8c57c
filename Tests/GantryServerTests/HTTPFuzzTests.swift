import TestCommands
import Testing

@Suite("The corpus of bytes that clients might send")
struct HTTPFuzzTests {
    private static let folder = "\(TestFiles.repository())/Tests/Fuzz/Corpus/http"

    @Test("is read without a trap, and the same wherever it is cut")
    func replays() throws {
        let names = TestFiles.names(in: Self.folder)
        #expect(names.count >= 20)
        for name in names { HTTPFuzz.run(try #require(TestFiles.read("\(Self.folder)/\(name)"))) }
    }
}
