import GantryCore
import GantryLoader
import TestCommands
import Testing

@Suite("Faults that show when a library is loaded", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct LoadingFaultTests {
    /// A fixture and what the loader must say of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var fault: String
        var code: LoaderError.Code
        var words: [String]
        var testDescription: String { fault }
    }

    @Test("are refused with the exact reason", arguments: cases)
    func refuses(example: Case) throws {
        let fixture = try Fixture(example.fault)
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded")
        try ModuleLoader.inspect(fixture.bundle)
        for word in example.words {
            expectRefusal(example.code, word) { _ = try loader.load(fixture.bundle) }
        }
    }

    static let cases = [
        Case(fault: "EntryFails", code: .entryFailed, words: ["Its entry function answered GANTRY_E_UNSUPPORTED."]),
        Case(fault: "EntryLeavesQueryEmpty", code: .missingTable, words: ["left `query` empty"]),
        Case(fault: "MissingLifecycle", code: .missingTable, words: ["no table `gantry.module.lifecycle`"]),
        Case(fault: "IncompleteTable", code: .missingTable, words: ["`gantry.module.lifecycle` lacks a function"]),
        Case(fault: "DescribeFails", code: .entryFailed, words: ["Its `describe` answered GANTRY_E_FAILED."]),
        Case(fault: "EndlessDescription", code: .entryFailed, words: ["a list of 18446744073709551615 names"]),
        Case(fault: "RepeatedOperation", code: .entryFailed, words: ["Name 1 of a list"]),
        Case(fault: "WrongId", code: .contradiction, words: ["the library calls itself `impostor`"]),
        Case(
            fault: "WrongVersion", code: .contradiction, words: ["the library has version 0.9.0, the manifest 1.0.0"]),
        Case(
            fault: "MissingOperation", code: .contradiction,
            words: [
                "the manifest's operation `run` has no handler in the library",
                "the library's operation `walk` is not in the manifest",
            ]),
        Case(
            fault: "ExtraOperation", code: .contradiction,
            words: ["the library's operation `hide` is not in the manifest"]),
        Case(
            fault: "MissingHandlers", code: .contradiction,
            words: [
                "the manifest's job `sweep` has no handler", "the manifest's event handler `forget` has no handler",
                "it has jobs but no table `gantry.module.jobs`",
                "it has subscriptions but no table `gantry.module.events`",
            ]),
    ]
}

@Suite("Faults of an instance", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct InstanceFaultTests {
    @Test("create fails with the module's own words")
    func createFails() {
        expectRefusal(
            .createFailed, "`create` for tenant `north` answered GANTRY_E_FAILED: the greeting is missing"
        ) { _ = try Harness("CreateFails") }
    }

    @Test("an error record with a foreign address is not read")
    func ignoresForeignText() {
        expectRefusal(.createFailed, "`create` for tenant `north` answered GANTRY_E_FAILED.") {
            _ = try Harness("ErrorRecordReplaced")
        }
    }

    @Test("start fails, its broken text made readable")
    func startFails() {
        expectRefusal(.startFailed, "`start` for tenant `north` answered GANTRY_E_FAILED: no room \u{fffd} left") {
            _ = try Harness("StartFails")
        }
    }

    @Test("stop fails, and the instance is gone all the same")
    func stopFails() throws {
        let harness = try Harness("StopFails")
        expectRefusal(.stopFailed, "`stop` for tenant `north` answered GANTRY_E_FAILED: still busy") {
            try harness.instance.stop(deadlineNanoseconds: 0)
        }
        #expect(harness.instance.isQuiescing)
    }
}
