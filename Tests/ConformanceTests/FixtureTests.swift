import TestCommands
import Testing

/// One module for each fault, and the check that must find it.
@Suite("Faults that the conformance checks find", .enabled(if: ModuleCheck.compiler != nil, ModuleCheck.whyWithout))
struct FixtureTests {
    /// A fixture, how it is compiled, and what is said of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var fault: String
        var check: String
        var finding: String
        var flags: [String] = []
        var showsAll = false
        var testDescription: String { "\(fault) \(flags.joined(separator: " "))" }

        init(_ fault: String, _ check: String, _ finding: String, flags: [String] = [], showsAll: Bool = false) {
            self.fault = fault
            self.check = check
            self.finding = finding
            self.flags = flags
            self.showsAll = showsAll
        }
    }

    /// Fixtures without a fault that a check could find, and why.
    static let others = [
        "ClashingTags": "needs another module in the process: GantryLoaderTests",
        "DeniedCapability": "keeps to everything, and tells what the host denies it",
        "Good": "keeps to everything, and tells what the host answers",
        "KeepsRequest": "is found by a sanitizer alone: ConformanceTests",
        "OverlappingCalls": "keeps to everything, and tells whether the host does",
        "ExportsNothing": "needs a module that calls it: GantryLoaderTests",
        "ExportsServices": "needs a module that calls it: GantryLoaderTests",
        "ImportsServices": "needs a module that it calls: GantryLoaderTests",
        "TriesEverything": "keeps to everything, and tells what it is denied while it runs: GantryLoaderTests",
    ]

    @Test(
        "are found by the check that is there for them, and named", arguments: inFile + inDescription + inLife + inCalls
    )
    func fault(example: Case) throws {
        let folder = TemporaryFolder()
        let library = try ModuleCheck.compile(
            fixture: example.fault, flags: example.flags, showsAll: example.showsAll, into: folder)
        let outcome = ModuleCheck.run(folder.path, library: library, only: example.check)
        #expect(outcome.status == 1, "\(outcome.output)")
        #expect(outcome.output.contains("FAILED  \(example.check): "), "\(outcome.output)")
        #expect(outcome.output.contains(example.finding), "\(outcome.output)")
        #expect(outcome.output.contains("--only \(example.check) --reproduce 1\n"), "\(outcome.output)")
    }

    @Test("are enough for each check to fail")
    func allChecks() {
        let list = Command.run([TestFiles.builtProgram("gantry-check"), "--list"])
        let names = Set(list.output.split(separator: "\n").map { String($0.prefix { $0 != ":" }) })
        #expect(names.count > 20)
        let tried = Set((Self.inFile + Self.inDescription + Self.inLife + Self.inCalls).map(\.check))
        #expect(names == tried)
    }

    @Test("are told with the call that they happened in, when they end the process or hang")
    func places() throws {
        let folder = TemporaryFolder()
        let crashing = try ModuleCheck.compile(fixture: "TrustsBodies", into: folder)
        let crash = ModuleCheck.run(folder.path, library: crashing, only: "bodies")
        #expect(crash.output.contains("the module crashes (Aborted) in operation `run`"), "\(crash.output)")
        let other = TemporaryFolder()
        let hanging = try ModuleCheck.compile(fixture: "SlowQuiesce", flags: ["-DSECONDS=9"], into: other)
        let hang = ModuleCheck.run(other.path, library: hanging, only: "quiesce", words: ["--timeout", "2"])
        #expect(hang.output.contains("not done after 2 s: the module hangs in `quiesce`"), "\(hang.output)")
    }

    @Test("are those of all fixtures that have one")
    func allOfThem() {
        let there = Set(TestFiles.names(in: "\(ModuleCheck.root)/Tests/Fixtures").filter { !$0.contains(".") })
        let tried = Set((Self.inFile + Self.inDescription + Self.inLife + Self.inCalls).map(\.fault))
        #expect(there.subtracting(tried).subtracting(Self.others.keys).isEmpty)
        #expect(tried.isDisjoint(with: Self.others.keys))
    }

    static let inFile = [
        Case("MissingEntry", "file", "the file exports no gantry_entry_v1"),
        Case("DataEntry", "file", "gantry_entry_v1 is data"),
        Case("UnexpectedExport", "file", "the file exports 1 names more", showsAll: true),
        Case("UniqueExport", "file", "names more (", flags: ["-Wl,--dynamic-list-data"], showsAll: true),
        Case("MissingNote", "file", "there is no note"),
        Case("UnreadableNote", "file", "which no host knows"),
        Case("RepeatedNote", "file", "there are several notes"),
        Case("NoteContradictsManifest", "file", "the note names interface 1 to 2, module.yaml 1 to 1"),
        Case("WrongInterface", "file", "the note names interface 7 to 8"),
        Case("WrongToolchain", "file", "was built by `another compiler`"),
        Case("UnresolvedSymbol", "file", "uses nobody_has_this_function"),
        Case("UsesHostSymbol", "file", "uses swift_retain"),
        Case("ForbiddenLibrary", "file", "needs libresolv.so.2", flags: ["-Wl,--no-as-needed", "-lresolv"]),
        Case("AbsoluteRunPath", "file", "looks for libraries in /usr/lib", flags: ["-Wl,-rpath,/usr/lib"]),
        Case("TextRelocations", "file", "text relocations", flags: ["-Wl,-z,notext"]),
        Case("ExecutableStack", "file", "executable stack", flags: ["-Wl,-z,execstack"]),
        Case("WritableCode", "file", "both writable and executable"),
        Case("GlobalSymbols", "file", "would serve all others", flags: ["-Wl,-z,global"]),
        Case("GlobalSymbols", "file", "would serve all others", flags: ["-Wl,-z,interpose"]),
    ]

    static let inDescription = [
        Case("WrongId", "describe", "id: describe says impostor, module.yaml fixture"),
        Case("WrongVersion", "describe", "version: describe says 0.9.0"),
        Case("ExtraOperation", "describe", "operations: describe says"),
        Case("MissingOperation", "describe", "operations: describe says"),
        Case("RepeatedOperation", "describe", "operations: describe says"),
        Case("MissingHandlers", "describe", "subscriptions: describe says"),
        Case("EndlessDescription", "describe", "does not give the same answer every time"),
        Case("DescribeFails", "describe", "describe answered: failed"),
        Case("MissingLifecycle", "describe", "has no table `gantry.module.lifecycle`"),
        Case("IncompleteTable", "describe", "has no function at its place"),
        Case("EntryFails", "describe", "gantry_entry_v1 answered: unsupported"),
        Case("EntryLeavesQueryEmpty", "describe", "has no table `gantry.module.lifecycle`"),
        Case("SideEffects", "describe", "leaves a file descriptor", flags: ["-DCONSTRUCTOR", "-DEFFECT=opened"]),
        Case("SideEffects", "describe", "leaves a thread", flags: ["-DENTRY", "-DEFFECT=thread"]),
        Case("OffersEverything", "revisions", "answers ok and a table: answer GANTRY_E_UNSUPPORTED"),
    ]

    static let inLife = [
        Case("CreateFails", "life", "the greeting is missing"),
        Case("StartFails", "life", "no room"),
        Case("StopFails", "quiesce", "still busy"),
        Case("SlowQuiesce", "quiesce", "quiesce and stop took", flags: ["-DSECONDS=4"]),
        Case("LosesMemory", "growth", "bytes behind with each call"),
        Case("EndsOnlyStarted", "order", "the module crashes (Segmentation fault) in `destroy`"),
        Case("ForgetsItsVersion", "state", "state of the version 4294967295 is taken over"),
        Case("ClaimsOneName", "generations", "the name is taken"),
    ]

    static let inCalls = [
        Case("AnswersBeforePending", "answers", "answered more than once"),
        Case("AnswersForsaken", "answers", "the module has not answered within"),
        Case("AnswersFromThreads", "answers", "answered more than once"),
        Case("AnswersLate", "answers", "answered more than once"),
        Case("AnswersInVain", "cancelled-anywhere", "goes on for ever when its client leaves at its call 1"),
        Case("AnswersInVain", "client-leaves", "goes on for ever after its client has left", flags: ["-DWAITS"]),
        Case("AnswersTwice", "answers", "answered more than once"),
        Case("BadEvents", "answers", "against the interface: gantry.events publish"),
        Case("BadSpans", "answers", "answered more than once"),
        Case("BodyFails", "denied", "the module crashes"),
        Case("BrokenText", "answers", "answered more than once"),
        Case("CountsRuns", "repeated", "when the body of its transaction is run again from the start"),
        Case("DependsOnOrder", "fuzz", "the module crashes (Aborted) in operation"),
        Case("ErrorRecordReplaced", "life", "the error record is broken"),
        Case("ForeignTransaction", "answers", "the module has not answered within"),
        Case("ForgetsFailures", "host-fails", "when gantry.log write answers"),
        Case("GivesUpOnSlowClients", "slow-reader", "gives up on a slow client"),
        Case("HeaderInjection", "answers", "answered more than once"),
        Case("IgnoresCancellation", "cancelled", "though its call is cancelled: ask `is_cancelled`"),
        Case("KeptTransaction", "answers", "its transaction is over"),
        Case("LeavesExchanges", "answers", "the module has not answered within"),
        Case("LeavesItsLock", "killed", "fails for ever after its process was killed in operation `run` at its call 4"),
        Case("LeavesPending", "answers", "the module has not answered within"),
        Case("NeverAnswers", "answers", "sent no response"),
        Case("OversizedBody", "answers", "the module crashes"),
        Case("RemembersItsThread", "threads", "the module crashes (Aborted) in operation `run`"),
        Case("TellsOtherTenants", "leak", "data of one tenant shows up in the answer of another one"),
        Case("TrustsBodies", "bodies", "the module crashes (Aborted) in operation `run`"),
        Case("UsesAnothersCall", "tenants", "of one instance uses the call of another"),
        Case("UsesDeniedDatabase", "denied", "this instance was not given its table"),
        Case("UsesServices", "answers", "the module crashes"),
        Case("WaitsInline", "answers", "it may not be called on this thread"),
        Case("WrongThread", "answers", "it may not be called on this thread"),
    ]
}
