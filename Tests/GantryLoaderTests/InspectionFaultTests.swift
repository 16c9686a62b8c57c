import GantryLoader
import Glibc
import TestCommands
import Testing

@Suite("Faults that show in the file", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct InspectionFaultTests {
    /// A fixture, how it is linked, and what the inspection must say of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var fault: String
        var flags: [String] = []
        var showsAll = false
        var code: LoaderError.Code
        var words: String
        var testDescription: String { "\(fault) \(flags.joined(separator: " "))" }
    }

    @Test("are refused before any code runs, with the exact reason", arguments: cases)
    func refuses(example: Case) throws {
        let fixture = try Fixture(example.fault, flags: example.flags, showsAll: example.showsAll)
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded")
        expectRefusal(example.code, example.words) { try ModuleLoader.inspect(fixture.bundle) }
        expectRefusal(example.code, example.words) { _ = try loader.load(fixture.bundle) }
        #expect(!TestFiles.exists("\(folder.path)/loaded"), "Nothing was copied to be loaded.")
    }

    static let cases = [
        Case(fault: "MissingNote", code: .missingNote, words: "no readable Gantry note"),
        Case(fault: "UnreadableNote", code: .missingNote, words: "no readable Gantry note"),
        Case(fault: "WrongInterface", code: .wrongInterface, words: "speaks the interface 7 to 8, this host 1 to 1"),
        Case(
            fault: "NoteContradictsManifest", code: .contradiction,
            words: "speaks the interface 1 to 2, the manifest says 1 to 1"),
        Case(fault: "WrongToolchain", code: .wrongToolchain, words: "built by `another compiler`"),
        Case(fault: "RepeatedNote", code: .repeatedNote, words: "has 2 Gantry notes; one is due"),
        Case(fault: "DataEntry", code: .missingEntry, words: "exports no function `gantry_entry_v1`"),
        Case(
            fault: "UniqueExport", flags: ["-Wl,--dynamic-list-data"], showsAll: true, code: .unexpectedExport,
            words: "`shared_state`"),
        Case(fault: "WritableCode", code: .writableCode, words: "both writable and executable"),
        Case(
            fault: "GlobalSymbols", flags: ["-Wl,-z,global"], code: .globalSymbols, words: "symbols serve all others"),
        Case(
            fault: "GlobalSymbols", flags: ["-Wl,-z,interpose"], code: .globalSymbols,
            words: "symbols serve all others"),
        Case(
            fault: "UnresolvedSymbol", code: .undefinedSymbol,
            words: "uses `nobody_has_this_function`, which none of the libraries that it needs provides (libc.so.6)."),
        Case(
            fault: "UsesHostSymbol", code: .undefinedSymbol,
            words: "`swift_retain`, which none of the libraries that it needs provides (libc.so.6). The host has it, "
                + "but a module reaches the host through its tables alone."),
        Case(fault: "MissingEntry", code: .missingEntry, words: "exports no function `gantry_entry_v1`"),
        Case(fault: "UnexpectedExport", showsAll: true, code: .unexpectedExport, words: "`helper_left_open`"),
        Case(
            fault: "ForbiddenLibrary", flags: ["-Wl,--no-as-needed", "-lresolv"], code: .forbiddenImport,
            words: "`libresolv.so.2`"),
        Case(
            fault: "ExecutableStack", flags: ["-Wl,-z,execstack"], code: .executableStack, words: "executable stack"),
        Case(fault: "TextRelocations", flags: ["-Wl,-z,notext"], code: .textRelocations, words: "text relocations"),
        Case(fault: "AbsoluteRunPath", flags: ["-Wl,-rpath,/usr/lib"], code: .absoluteRunPath, words: "`/usr/lib`"),
        Case(
            fault: "AbsoluteRunPath", flags: ["-Wl,--disable-new-dtags,-rpath,/old"], code: .absoluteRunPath,
            words: "`/old`"),
        Case(fault: "AbsoluteRunPath", flags: ["-Wl,-rpath,$ORIGIN:lib"], code: .absoluteRunPath, words: "`lib`"),
        Case(
            fault: "AbsoluteRunPath", flags: ["-Wl,-rpath,$ORIGIN/../lib"], code: .absoluteRunPath,
            words: "`$ORIGIN/../lib`"),
        Case(
            fault: "AbsoluteRunPath", flags: ["-Wl,-rpath,$ORIGINAL"], code: .absoluteRunPath, words: "`$ORIGINAL`"),
        Case(fault: "AbsoluteRunPath", flags: ["-Wl,-rpath,$ORIGIN:"], code: .absoluteRunPath, words: "``"),
        Case(
            fault: "ForbiddenLibrary", flags: ["-Wl,--filter=libother.so"], code: .forbiddenImport,
            words: "`libother.so`"),
        Case(
            fault: "ForbiddenLibrary", flags: ["-Wl,--auxiliary=libother.so"], code: .forbiddenImport,
            words: "`libother.so`"),
    ]

    @Test("a search path inside the bundle is no fault")
    func acceptsOrigin() throws {
        let fixture = try Fixture("AbsoluteRunPath", flags: ["-Wl,-rpath,$ORIGIN"])
        try ModuleLoader.inspect(fixture.bundle)
    }

    @Test("every fixture of a fault is tried by a test, and the page of faults names it")
    func usesEveryFixture() {
        let root = TestFiles.repository()
        let sources = ["GantryLoaderTests", "ConformanceTests"].flatMap { target in
            TestFiles.names(in: "\(root)/Tests/\(target)").filter { $0.hasSuffix(".swift") }
                .map { TestFiles.text("\(root)/Tests/\(target)/\($0)") ?? "" }
        }.joined()
        let page = TestFiles.text("\(root)/Documentation/Faults.md") ?? ""
        for fault in TestFiles.names(in: "\(root)/Tests/Fixtures") where !fault.contains(".") {
            #expect(sources.contains("\"\(fault)\""), "No test uses Tests/Fixtures/\(fault).")
            #expect(page.contains("`\(fault)`"), "Documentation/Faults.md does not name \(fault).")
        }
    }
}

@Suite("Files that are no library", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct ForeignFileTests {
    @Test("a text, an empty file and another kind of image are told from a library")
    func refusesOthers() throws {
        let fixture = try Fixture("Good")
        let good = fixture.library
        try expect(fixture, .notELF, "does not begin like an ELF file", Array("#!/bin/sh\n".utf8))
        try expect(fixture, .notELF, "does not begin like an ELF file", [])
        try expect(fixture, .notELF, "64-bit little-endian", changing(good, at: 4, to: 1))
        try expect(fixture, .notELF, "64-bit little-endian", changing(good, at: 5, to: 2))
        try expect(fixture, .notELF, "not a shared library", changing(good, at: 16, to: 2))
        try expect(fixture, .wrongMachine, "ELF machine 243", changing(good, at: 18, to: 243))
        try expect(fixture, .notELF, "program header", changing(good, at: 39, to: 0x7f))
    }

    @Test("a missing file, a folder and a pipe are told without waiting")
    func refusesNoFile() throws {
        let fixture = try Fixture("Good")
        let path = fixture.bundle.libraryPath
        _ = Command.run(["rm", path])
        expectRefusal(.notFound, "No such file") { try ModuleLoader.inspect(fixture.bundle) }
        _ = Command.run(["mkdir", path])
        expectRefusal(.notFound, "cannot be read") { try ModuleLoader.inspect(fixture.bundle) }
        _ = Command.run(["rmdir", path])
        _ = Command.run(["mkfifo", path])
        expectRefusal(.notFound, "cannot be read") { try ModuleLoader.inspect(fixture.bundle) }
    }

    @Test("a file that claims to be endless is refused before memory is asked for")
    func refusesEndless() throws {
        let fixture = try Fixture("Good")
        #expect(truncate(fixture.bundle.libraryPath, 1 << 42) == 0)
        expectRefusal(.notFound, "File too large") { try ModuleLoader.inspect(fixture.bundle) }
        #expect(truncate("\(fixture.folder.path)/module.yaml", 1 << 42) == 0)
        expectRefusal(.notFound, "File too large", module: fixture.folder.path) {
            _ = try Bundle(folder: fixture.folder.path)
        }
    }

    private func changing(_ bytes: [UInt8], at index: Int, to value: UInt8) -> [UInt8] {
        var bytes = bytes
        bytes[index] = value
        return bytes
    }

    private func expect(
        _ fixture: Fixture, _ code: LoaderError.Code, _ words: String, _ bytes: [UInt8],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        fixture.folder.write(bytes, to: "fixture.so")
        expectRefusal(code, words, sourceLocation: sourceLocation) {
            try ModuleLoader.inspect(fixture.bundle)
        }
    }
}
