import GantrySignatures
import TestCommands
import Testing

@Suite("The fuzzer's corpus of signatures")
struct CorpusTests {
    @Test("is read without a trap, and holds signatures that count")
    func replays() throws {
        let folder = "\(TestFiles.repository())/Tests/Fuzz/Corpus/signature"
        let names = TestFiles.names(in: folder)
        #expect(names.count >= 15, "The corpus is there.")
        var goodCount = 0
        for name in names {
            let bytes = try #require(TestFiles.read("\(folder)/\(name)"))
            SignatureFuzz.run(bytes)
            if refusal(bytes, of: SignatureFuzz.content, SignatureFuzz.policy) == nil { goodCount += 1 }
        }
        #expect(goodCount >= 7)
    }
}
