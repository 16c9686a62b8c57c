import CGantry
import GantryCore

/// What can be said of a library from its file alone, before any of its code runs.
struct BundleInspector {
    /// Revisions of the interface that this host speaks.
    static let interface = Int(GANTRY_INTERFACE_MINIMUM)...Int(GANTRY_INTERFACE_MAXIMUM)
    /// The compiler that built this host; a library on the shared runtime must come from the very same.
    static let toolchain = String(cString: gantry_toolchain())

    private static let machine: UInt16 = {
        #if arch(x86_64)
            62
        #elseif arch(arm64)
            183
        #else
            #error("Gantry runs on x86-64 and aarch64")
        #endif
    }()

    private static let systemLibraries: Set<String> = [
        "libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1",
        "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
    ]

    /// What a module on the shared runtime may need besides: the Swift toolchain's own libraries.
    private static let runtimeLibraries: Set<String> = [
        "libBlocksRuntime.so", "libFoundation.so", "libFoundationEssentials.so", "libFoundationInternationalization.so",
        "lib_FoundationICU.so", "libdispatch.so", "libswiftCore.so", "libswiftDispatch.so", "libswiftDistributed.so",
        "libswiftGlibc.so", "libswiftObservation.so", "libswiftRegexBuilder.so", "libswiftSwiftOnoneSupport.so",
        "libswiftSynchronization.so", "libswift_Builtin_float.so", "libswift_Concurrency.so",
        "libswift_Differentiation.so", "libswift_RegexParser.so", "libswift_StringProcessing.so",
        "libswift_Volatile.so",
    ]

    let manifest: Manifest

    /// Checks the bytes of the library; throws `LoaderError` for the first fault found.
    func inspect(_ bytes: [UInt8]) throws -> InspectedLibrary {
        do { return try inspect(ELFImage(bytes)) } catch let error as ELFFile.Malformed {
            throw refusal(.notELF, "The library is not usable. \(error.message)")
        }
    }

    private func inspect(_ image: ELFImage) throws -> InspectedLibrary {
        guard image.file.machine == Self.machine else {
            throw refusal(
                .wrongMachine, "The library is built for another processor (ELF machine \(image.file.machine)).")
        }
        guard image.gantryNotes.count <= 1 else {
            throw refusal(.repeatedNote, "The library has \(image.gantryNotes.count) Gantry notes; one is due.")
        }
        guard let note = image.gantryNotes.first.flatMap(ModuleNote.init(descriptor:)) else {
            throw refusal(.missingNote, "The library has no readable Gantry note; see gantry/note.h.")
        }
        try check(note)
        try check(image, runtime: note.runtime)
        try checkImports(image)
        let types = note.runtime == .shared ? try foreignTypes(image) : nil
        return InspectedLibrary(needed: image.needed, foreignTypes: types)
    }

    private func foreignTypes(_ image: ELFImage) throws -> ForeignTypes {
        let types = try ForeignTypes(image.file)
        guard types.isReadable else {
            throw refusal(
                .hiddenTypes,
                "The library shares the host's Swift runtime, but its section headers are stripped, so that its C "
                    + "types cannot be compared with those of others.")
        }
        return types
    }

    private func check(_ note: ModuleNote) throws {
        guard note.interface == manifest.interface else {
            throw refusal(
                .contradiction,
                "The library speaks the interface \(text(note.interface)), "
                    + "the manifest says \(text(manifest.interface))."
            )
        }
        guard note.interface.overlaps(Self.interface) else {
            throw refusal(
                .wrongInterface,
                "The library speaks the interface \(text(note.interface)), this host \(text(Self.interface)).")
        }
        if note.runtime == .shared && note.toolchain != Self.toolchain {
            throw refusal(
                .wrongToolchain,
                "The library was built by `\(note.toolchain)`, this host by `\(Self.toolchain)`. "
                    + "Rebuild it, or build it hermetic.")
        }
    }

    private func check(_ image: ELFImage, runtime: ModuleNote.Runtime) throws {
        guard let entry = image.exports.first(where: { $0.name == "gantry_entry_v1" }), entry.isFunction else {
            throw refusal(.missingEntry, "The library exports no function `gantry_entry_v1`.")
        }
        if let extra = image.exports.first(where: { $0.name != "gantry_entry_v1" }) {
            throw refusal(
                .unexpectedExport,
                "The library exports `\(extra.name)` besides `gantry_entry_v1`; link it with the version script of the "
                    + "kit.")
        }
        for library in image.needed where !isAllowed(library, runtime: runtime) {
            throw refusal(.forbiddenImport, "The library needs `\(library)`, which its runtime class does not allow.")
        }
        if image.hasTextRelocations { throw refusal(.textRelocations, "The library has text relocations; use -fPIC.") }
        if image.hasExecutableStack { throw refusal(.executableStack, "The library asks for an executable stack.") }
        if image.hasWritableCode {
            throw refusal(.writableCode, "The library has a segment that is both writable and executable.")
        }
        if image.isGlobal {
            throw refusal(
                .globalSymbols,
                "The library asks that its symbols serve all others (-z global or -z interpose); a module must not.")
        }
        if let path = image.runPaths.first(where: { !Self.isInBundle($0) }) {
            throw refusal(.absoluteRunPath, "The library searches `\(path)` for others (RUNPATH); a bundle must not.")
        }
    }

    /// Everything that it uses must come from a library that it names, not from the host by chance.
    private func checkImports(_ image: ELFImage) throws {
        let libraries = LibrarySymbols(image.needed)
        if let missing = libraries.missing.first {
            throw refusal(.missingLibrary, "The library needs `\(missing)`, which this machine does not have.")
        }
        // The compiler's own start code asks for some of these, whether or not the library is linked against them.
        let always = LibrarySymbols(["libc.so.6"])
        for symbol in image.imports where !libraries.provide(symbol) && !LibrarySymbols.isOfSanitizer(symbol.name) {
            let isOfHost = LibrarySymbols.processHas(symbol.name)
            if symbol.isOptional && (!isOfHost || always.provide(symbol)) { continue }
            let name = symbol.name + (symbol.version.map { "@\($0)" } ?? "")
            let needed = image.needed.joined(separator: ", ")
            throw refusal(
                .undefinedSymbol,
                "The library uses `\(name)`, which none of the libraries that it needs provides "
                    + "(\(needed.isEmpty ? "it needs none" : needed))."
                    + (isOfHost ? " The host has it, but a module reaches the host through its tables alone." : ""))
        }
    }

    private static func isInBundle(_ path: String) -> Bool {
        (path == "$ORIGIN" || path.hasPrefix("$ORIGIN/")) && !path.split(separator: "/").contains("..")
    }

    private func isAllowed(_ library: String, runtime: ModuleNote.Runtime) -> Bool {
        Self.systemLibraries.contains(library) || (runtime == .shared && Self.runtimeLibraries.contains(library))
    }

    private func text(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }

    private func refusal(_ code: LoaderError.Code, _ message: String) -> LoaderError {
        LoaderError(code, module: manifest.id, message)
    }
}

/// What the loader keeps of a library that was found good.
struct InspectedLibrary {
    /// Names of the libraries that it needs.
    var needed: [String]
    /// The C types that it shares with the process; nil for a library with a runtime of its own, or none.
    var foreignTypes: ForeignTypes?
}
