import TestCommands
import Testing

@Suite("The fuzzer's corpus")
struct CorpusTests {
    private static let folder = "\(TestFiles.repository())/Tests/Fuzz/Corpus"

    @Test("is read without a trap, and each input within seconds", arguments: FuzzTarget.allCases)
    func replays(target: FuzzTarget) throws {
        let names = TestFiles.names(in: "\(Self.folder)/\(target.rawValue)")
        #expect(names.count >= 5, "The corpus of \(target) is there.")
        let clock = ContinuousClock()
        for name in names {
            let bytes = try #require(TestFiles.read("\(Self.folder)/\(target.rawValue)/\(name)"))
            let time = clock.measure { target.run(bytes) }
            #expect(time < .seconds(10), "\(target) \(name)")
        }
    }

    /// Parts of other targets, whose tests replay them.
    private static let elsewhere = ["channel", "gateway", "http", "signature", "wire"]

    @Test("belongs to a part that is fuzzed")
    func hasNoStrangers() {
        #expect(Set(TestFiles.names(in: Self.folder)) == Set(FuzzTarget.allCases.map(\.rawValue) + Self.elsewhere))
    }
}
