import TestCommands
import Testing

/// Modules of this repository through the authors' own suite, each in a real worker.
@Suite("Conformance of modules in workers")
struct ConformanceInWorkerTests {
    private static let root = TestFiles.repository()

    private func check(_ bundle: String, library: String) -> Command.Outcome {
        Command.run([
            "env", "GANTRY_WORKER=\(TestFiles.builtProgram("gantry-worker"))", TestFiles.builtProgram("gantry-check"),
            "\(Self.root)/\(bundle)", "--library", library, "--reproduce", "1", "--timeout", "300",
        ])
    }

    @Test("a module in Swift keeps every promise")
    func swift() {
        let outcome = check("Examples/guestbook/bundle", library: TestFiles.builtProgram("libguestbook.so"))
        #expect(outcome.succeeded, "\(outcome.output)")
    }

    @Test("a module in C keeps every promise", .enabled(if: Worker.compiler != nil, Worker.whyWithout))
    func tally() throws {
        let folder = TemporaryFolder()
        let library = "\(folder.path)/module.so"
        let compiled = Command.run([
            try #require(Worker.compiler), "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread",
            "-I\(Self.root)/PluginAPI/C/include", "-Wl,--version-script=\(Self.root)/PluginAPI/C/gantry.map", "-o",
            library, "\(Self.root)/Examples/tally-c/tally.c",
        ])
        try #require(compiled.succeeded, "\(compiled.output)")
        let outcome = check("Examples/tally-c/bundle", library: library)
        #expect(outcome.succeeded, "\(outcome.output)")
    }
}
