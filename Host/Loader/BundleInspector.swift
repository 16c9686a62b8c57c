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
        "libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libpthread.so.0", "libdl.so.2",
        "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
    ]

    let manifest: Manifest

    /// Checks the bytes of the library; throws `LoaderError` for the first fault found.
    func inspect(_ bytes: [UInt8]) throws {
        let image: ELFImage
        do { image = try ELFImage(bytes) } catch let error as ELFImage.Malformed {
            throw refusal(.notELF, "The library is not usable. \(error.message)")
        }
        guard image.machine == Self.machine else {
            throw refusal(.wrongMachine, "The library is built for another processor (ELF machine \(image.machine)).")
        }
        guard let note = image.gantryNotes.first.flatMap(ModuleNote.init(descriptor:)) else {
            throw refusal(.missingNote, "The library has no readable Gantry note; see gantry/note.h.")
        }
        try check(note)
        try check(image, runtime: note.runtime)
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
        guard image.exports.contains("gantry_entry_v1") else {
            throw refusal(.missingEntry, "The library exports no function `gantry_entry_v1`.")
        }
        if let extra = image.exports.first(where: { $0 != "gantry_entry_v1" }) {
            throw refusal(
                .unexpectedExport,
                "The library exports `\(extra)` besides `gantry_entry_v1`; link it with the version script of the kit.")
        }
        for library in image.needed where !isAllowed(library, runtime: runtime) {
            throw refusal(.forbiddenImport, "The library needs `\(library)`, which its runtime class does not allow.")
        }
        if image.hasTextRelocations { throw refusal(.textRelocations, "The library has text relocations; use -fPIC.") }
        if image.hasExecutableStack { throw refusal(.executableStack, "The library asks for an executable stack.") }
        if let path = image.runPaths.first(where: { !$0.hasPrefix("$ORIGIN") }) {
            throw refusal(.absoluteRunPath, "The library searches `\(path)` for others (RUNPATH); a bundle must not.")
        }
    }

    private func isAllowed(_ library: String, runtime: ModuleNote.Runtime) -> Bool {
        if Self.systemLibraries.contains(library) { return true }
        guard runtime == .shared else { return false }
        return library.hasPrefix("libswift") || library == "libdispatch.so" || library == "libBlocksRuntime.so"
    }

    private func text(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }

    private func refusal(_ code: LoaderError.Code, _ message: String) -> LoaderError {
        LoaderError(code, module: manifest.id, message)
    }
}
