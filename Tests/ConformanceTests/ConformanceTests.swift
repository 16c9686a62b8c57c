import GantryConformance
import TestCommands
import Testing

/// Every module of this repository through the authors' own suite.
@Suite("Conformance of modules")
struct ConformanceTests {
    @Test(
        "A module in Swift keeps every promise",
        arguments: [("manifests/anomaly", "libanomaly.so"), ("Examples/guestbook/bundle", "libguestbook.so")])
    func swift(bundle: String, library: String) {
        let outcome = ModuleCheck.run(
            "\(ModuleCheck.root)/\(bundle)", library: TestFiles.builtProgram(library), words: ["--timeout", "300"])
        #expect(outcome.succeeded, "\(outcome.output)")
        #expect(outcome.output.hasSuffix("22 passed, 0 failed, 1 skipped (seed 1)\n"))
    }

    @Test("A module in C keeps every promise", .enabled(if: ModuleCheck.compiler != nil, ModuleCheck.whyWithout))
    func tally() throws {
        let folder = TemporaryFolder()
        let library = try ModuleCheck.compile("\(ModuleCheck.root)/Examples/tally-c/tally.c", into: folder)
        let outcome = ModuleCheck.run("\(ModuleCheck.root)/Examples/tally-c/bundle", library: library)
        #expect(outcome.succeeded, "\(outcome.output)")
    }

    @Test(
        "A library built with a sanitizer is checked on its runtime",
        .enabled(if: ModuleCheck.compiler != nil, ModuleCheck.whyWithout))
    func sanitizer() throws {
        let folder = TemporaryFolder()
        let library = try ModuleCheck.compile(
            "\(ModuleCheck.root)/Tests/Fixtures/KeepsRequest/fault.c", flags: ["-fsanitize=address"], into: folder)
        for file in ["module.yaml", "openapi.yaml"] {
            let text = TestFiles.read("\(ModuleCheck.root)/Tests/Fixtures/\(file)")
            folder.write(
                try #require(text ?? TestFiles.read("\(ModuleCheck.root)/Tests/Fixtures/Good/\(file)")), to: file)
        }
        let outcome = ModuleCheck.run(folder.path, library: library, only: "answers", words: ["--sanitizer"])
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("heap-use-after-free"), "\(outcome.output)")
    }

    @Test(
        "What a library loses is told for each check that it was lost in, however the library was built",
        .enabled(if: ModuleCheck.compiler != nil, ModuleCheck.whyWithout), arguments: [[], ["-fsanitize=address"]])
    func leaks(flags: [String]) throws {
        let folder = TemporaryFolder()
        let library = try ModuleCheck.compile(fixture: "LosesMemory", flags: flags, into: folder)
        let outcome = ModuleCheck.run(folder.path, library: library, only: "*e*i*e*", words: ["--sanitizer"])
        #expect(outcome.output.contains("passed  describe: "), "\(outcome.output)")
        #expect(outcome.output.contains("FAILED  denied: "), "\(outcome.output)")
        #expect(outcome.output.contains("1 place loses memory; free what it allocates:"), "\(outcome.output)")
        #expect(outcome.output.contains("in handle"), "\(outcome.output)")
        #expect(outcome.output.contains("only what it allocates is watched") == flags.isEmpty)
        #expect(outcome.output.contains("--only denied --reproduce 1 --sanitizer\n"), "\(outcome.output)")
    }

    @Test(
        "The same checks are made wherever a host would run the module",
        .enabled(if: ModuleCheck.compiler != nil, ModuleCheck.whyWithout), arguments: ["loopback", "worker"])
    func elsewhere(place: String) throws {
        let folder = TemporaryFolder()
        let library = try ModuleCheck.compile("\(ModuleCheck.root)/Examples/tally-c/tally.c", into: folder)
        let words = ["--isolation", place]
        let outcome = ModuleCheck.run("\(ModuleCheck.root)/Examples/tally-c/bundle", library: library, words: words)
        #expect(outcome.succeeded, "\(outcome.output)")
        let faulty = try ModuleCheck.compile(fixture: "TellsOtherTenants", into: folder)
        let found = ModuleCheck.run(folder.path, library: faulty, only: "leak", words: words)
        #expect(found.status == 1 && found.output.contains("--reproduce 1 --isolation \(place)\n"), "\(found.output)")
    }

    @Test("The same is told as JSON", .enabled(if: ModuleCheck.compiler != nil, ModuleCheck.whyWithout))
    func json() throws {
        let folder = TemporaryFolder()
        let library = try ModuleCheck.compile(fixture: "AnswersTwice", into: folder)
        let outcome = ModuleCheck.run(folder.path, library: library, only: "answe*", words: ["--json"])
        #expect(outcome.status == 1)
        #expect(
            outcome.output.hasPrefix("{\"format\":1,\"bundle\":\"\(folder.path)\",\"module\":\"fixture\""),
            "\(outcome.output)")
        #expect(outcome.output.contains("\"seed\":1,\"passed\":0,\"failed\":1,\"skipped\":0"), "\(outcome.output)")
        #expect(outcome.output.contains("\"rules\":[17,18,22]"), "\(outcome.output)")
        #expect(outcome.output.contains("\"reproduce\":\"gantry check "), "\(outcome.output)")
    }

    @Test("What cannot be examined is said once, with the place")
    func unreadable() {
        let folder = TemporaryFolder()
        folder.write("id: broken\nversion: 1.0.0\n- odd\n", to: "module.yaml")
        let outcome = ModuleCheck.run(folder.path, library: "/dev/null")
        #expect(outcome.status == 2)
        #expect(outcome.output.hasPrefix("\(folder.path)/module.yaml:3: "), "\(outcome.output)")
        #expect(ModuleCheck.run(folder.path, library: "/dev/null", only: "nonsense").status == 2)
        #expect(ConformanceCommand.run(["gantry-check", "--nonsense"]) == 2)
        #expect(ConformanceCommand.run(["gantry-check", "x", "--reproduce", "y"]) == 2)
    }
}
