import GantryConformance
import TestCommands
import Testing

/// Every module of this repository through the authors' own suite, and one module for each fault that it must find.
@Suite("Conformance of modules")
struct ConformanceTests {
    private static let root = TestFiles.repository()
    private static let compiler = Command.first(of: ["cc", "gcc", "clang"])
    private static let whyWithout: Comment = "No C compiler (cc, gcc or clang) is installed."

    private func check(_ bundle: String, library: String, only: String? = nil) -> Command.Outcome {
        Command.run(
            [TestFiles.builtProgram("ModuleChecker"), bundle, "--library", library, "--seed", "1"]
                + (only.map { ["--check", $0] } ?? []))
    }

    private func compile(_ source: String, into folder: TemporaryFolder) throws -> String {
        let library = "\(folder.path)/module.so"
        let outcome = Command.run([
            try #require(Self.compiler), "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread",
            "-I\(Self.root)/PluginAPI/C/include", "-Wl,--version-script=\(Self.root)/PluginAPI/C/gantry.map", "-o",
            library, source,
        ])
        try #require(outcome.succeeded, "\(outcome.output)")
        return library
    }

    @Test(
        "A module in Swift keeps every promise",
        arguments: [("manifests/anomaly", "libanomaly.so"), ("Examples/guestbook/bundle", "libguestbook.so")])
    func swift(bundle: String, library: String) {
        let outcome = check("\(Self.root)/\(bundle)", library: TestFiles.builtProgram(library))
        #expect(outcome.succeeded, "\(outcome.output)")
        #expect(outcome.output.hasSuffix("16 passed, 0 failed (seed 1)\n"))
    }

    @Test("A module in C keeps every promise", .enabled(if: compiler != nil, whyWithout))
    func tally() throws {
        let folder = TemporaryFolder()
        let library = try compile("\(Self.root)/Examples/tally-c/tally.c", into: folder)
        let outcome = check("\(Self.root)/Examples/tally-c/bundle", library: library)
        #expect(outcome.succeeded, "\(outcome.output)")
    }

    @Test(
        "A fault is found by the check that is there for it, and named",
        .enabled(if: compiler != nil, whyWithout),
        arguments: [
            ("MissingEntry", "file", "the file exports no gantry_entry_v1"),
            ("MissingNote", "file", "there is no note"),
            ("WrongInterface", "file", "the note names interface 7 to 8"),
            ("WrongId", "describe", "id: describe says impostor, module.yaml fixture"),
            ("WrongVersion", "describe", "version: describe says 0.9.0"),
            ("ExtraOperation", "describe", "operations: describe says"),
            ("EndlessDescription", "describe", "does not give the same answer every time"),
            ("IncompleteTable", "describe", "has no function at its place"),
            ("EntryFails", "describe", "gantry_entry_v1 answered: unsupported"),
            ("AnswersTwice", "answers", "answered more than once"),
            ("NeverAnswers", "answers", "sent no response"),
            ("OversizedBody", "answers", "the module crashes"),
            ("CreateFails", "life", "the greeting is missing"),
            ("StopFails", "quiesce", "still busy"),
            ("KeptTransaction", "denied", "the module crashes"),
        ])
    func fault(name: String, check: String, finding: String) throws {
        let source = "\(Self.root)/Tests/Fixtures/\(name)"
        let folder = TemporaryFolder()
        for file in ["module.yaml", "openapi.yaml"] {
            let found = TestFiles.read("\(source)/\(file)") ?? TestFiles.read("\(source)/../\(file)")
            folder.write(try #require(found ?? TestFiles.read("\(source)/../Good/\(file)")), to: file)
        }
        let library = try compile("\(source)/fault.c", into: folder)
        let outcome = self.check(folder.path, library: library, only: check)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("FAILED  \(check)"), "\(outcome.output)")
        #expect(outcome.output.contains(finding), "\(outcome.output)")
    }

    @Test("What cannot be examined is said once, with the place")
    func unreadable() {
        let folder = TemporaryFolder()
        folder.write("id: broken\nversion: 1.0.0\n- odd\n", to: "module.yaml")
        let outcome = check(folder.path, library: "/dev/null")
        #expect(outcome.status == 2)
        #expect(outcome.output.hasPrefix("\(folder.path)/module.yaml:3: "), "\(outcome.output)")
        #expect(check(folder.path, library: "/dev/null", only: "nonsense").status == 2)
        #expect(ConformanceCommand.run(["gantry-module-check", "--nonsense"]) == 2)
    }
}
