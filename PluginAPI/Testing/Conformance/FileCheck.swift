import CGantry
import GantryKitTesting
import Glibc

/// What can be seen in a library's file without loading it.
enum FileCheck {
    @Sendable
    static func run(_ subject: Subject) throws {
        let elf = try ELFFile(subject.library)
        try exports(elf)
        try note(elf, subject)
        for path in elf.searchPaths() where path != "$ORIGIN" && !path.hasPrefix("$ORIGIN/lib") {
            throw Fault("the file looks for libraries in \(path): link without an absolute run path")
        }
        try loading(elf)
        try imports(elf)
    }

    private static func exports(_ elf: ELFFile) throws {
        let exports = elf.exports()
        guard let entry = exports.first(where: { $0.name == "gantry_entry_v1" }) else {
            throw Fault("the file exports no gantry_entry_v1")
        }
        guard entry.isFunction else { throw Fault("gantry_entry_v1 is data: export a function of that name") }
        let others = exports.filter { $0.name != "gantry_entry_v1" }.map(\.name)
        guard others.isEmpty else {
            throw Fault(
                "the file exports \(others.count) names more (\(others.prefix(3).joined(separator: ", "))): "
                    + "link with --version-script=gantry.map")
        }
    }

    private static func note(_ elf: ELFFile, _ subject: Subject) throws {
        let note = elf.section(".note.gantry")
        let size = MemoryLayout<gantry_note_v1>.size
        guard note.count >= size else {
            throw Fault("there is no note: write GANTRY_MODULE_NOTE once, or link the kit")
        }
        guard note.count < 2 * size else { throw Fault("there are several notes: write GANTRY_MODULE_NOTE once") }
        guard elf.word(note.startIndex + 20) == 1 else {
            throw Fault(
                "the note has the layout \(elf.word(note.startIndex + 20)), which no host knows: use gantry/note.h")
        }
        let (minimum, maximum) = (elf.word(note.startIndex + 24), elf.word(note.startIndex + 28))
        guard minimum <= UInt32(GANTRY_INTERFACE_MAXIMUM), maximum >= UInt32(GANTRY_INTERFACE_MINIMUM) else {
            throw Fault("the note names interface \(minimum) to \(maximum), this host speaks another")
        }
        let stated = subject.bundle.interface
        guard stated == minimum...max(minimum, maximum) else {
            throw Fault(
                "the note names interface \(minimum) to \(maximum), module.yaml "
                    + "\(stated.lowerBound) to \(stated.upperBound)")
        }
        let text = note.dropFirst(36).prefix(160).prefix { $0 != 0 }
        let compiler = String(decoding: text, as: UTF8.self)
        if elf.word(note.startIndex + 32) == GANTRY_RUNTIME_SHARED.rawValue,
            !text.elementsEqual(String(cString: gantry_toolchain()).utf8)
        {
            throw Fault(
                "the library shares the host's Swift runtime, but was built by `\(compiler)`: "
                    + "build it with the host's compiler, or hermetic")
        }
    }

    private static func loading(_ elf: ELFFile) throws {
        if elf.hasTextRelocations { throw Fault("the file has text relocations: compile with -fPIC") }
        if elf.hasExecutableStack {
            throw Fault("the file wants an executable stack: link with -z noexecstack, and mark assembly")
        }
        if elf.hasWritableCode { throw Fault("the file has memory that is both writable and executable") }
        if elf.isGlobal {
            throw Fault("the file's symbols would serve all others: link without -z global, -z interpose")
        }
    }

    /// Every name that the file takes from others must come from a library that it names, and that it may name.
    private static func imports(_ elf: ELFFile) throws {
        let needed = elf.needed()
        let allowed = [
            "libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libpthread.so.0", "libdl.so.2",
            "libdispatch.so", "libBlocksRuntime.so",
        ]
        for name in needed where !allowed.contains(name) && !isLoader(name) && !isTool(name) {
            guard name.hasPrefix("libswift") else {
                throw Fault("the file needs \(name), which a module may not bring along: link it statically")
            }
        }
        let handles = needed.compactMap { dlopen($0, RTLD_LAZY | RTLD_LOCAL) }
        // Where a library is not at hand, nothing can be said of what it has.
        guard handles.count == needed.count else { return }
        for name in elf.imports() where !handles.contains(where: { dlsym($0, name) != nil }) {
            throw Fault(
                "the file uses \(name), which none of the libraries that it needs has "
                    + "(\(needed.joined(separator: ", "))): reach the host through its tables alone")
        }
    }

    private static func isLoader(_ name: String) -> Bool { name.hasPrefix("ld-linux") }
    private static func isTool(_ name: String) -> Bool {
        ["libasan.", "libtsan.", "libubsan.", "libclang_rt."].contains { name.hasPrefix($0) }
    }
}
