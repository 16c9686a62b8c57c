import TestCommands
import Testing

/// Bundles built from every frozen revision of the interface pass today's checks; and those that would be built today.
@Suite("Museum", .enabled(if: ModuleCheck.hasAllLanguages, "gcc, g++, rustc or python3 is not installed."))
struct MuseumTests {
    private static let museum = "\(ModuleCheck.root)/Tests/Museum"
    /// The bundles of all frozen revisions, by their paths in the museum.
    static let exhibits = TestFiles.names(in: museum).filter { $0.first?.isNumber == true }.flatMap { revision in
        ["c", "cpp", "rust"].map { "\(revision)/\($0)" }
    }

    @Test("What was built from a frozen revision keeps every promise", arguments: exhibits)
    func frozen(exhibit: String) {
        let folder = "\(Self.museum)/\(exhibit)"
        let outcome = ModuleCheck.run(folder, library: "\(folder)/libexhibit.so")
        #expect(outcome.succeeded, "\(outcome.output)")
    }

    @Test("What would be added today keeps every promise, and a revision is added only once")
    func today() throws {
        let folder = TemporaryFolder()
        let command = ["python3", "\(Self.museum)/add.py", "0.9", "--into", folder.path]
        let built = Command.run(command)
        try #require(built.succeeded, "\(built.output)")
        for language in ["c", "cpp", "rust"] {
            let bundle = "\(folder.path)/0.9/\(language)"
            let outcome = ModuleCheck.run(bundle, library: "\(bundle)/libexhibit.so")
            #expect(outcome.succeeded, "\(language): \(outcome.output)")
        }
        let again = Command.run(command)
        #expect(!again.succeeded && again.output.contains("what is in the museum never changes"))
    }
}
