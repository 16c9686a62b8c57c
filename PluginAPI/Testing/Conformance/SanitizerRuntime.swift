import GantryKitTesting
import Glibc

/// The runtime of a sanitizer, which must be in a process before everything else.
struct SanitizerRuntime {
    /// The path of its library.
    let path: String
    /// Whether the module's library was built with it. One that was not is watched as well: what it allocates and
    /// loses, frees twice, or frees where nothing begins; but not what it reads and writes.
    let isBuiltIn: Bool

    /// The one that `library` needs, or any that is installed. Throws `TestFailure` where there is none.
    static func find(for library: String) throws -> SanitizerRuntime {
        let elf = try ELFFile(library)
        guard let name = elf.needed().first(where: { $0.contains("asan") || $0.contains("tsan") }) else {
            guard !elf.imports().contains(where: { $0.hasPrefix("__asan_") || $0.hasPrefix("__tsan_") }) else {
                throw TestFailure(
                    "\(library) was built with a sanitizer and does not name its runtime: "
                        + "link it with -fsanitize=address as well (clang: and with -shared-libasan)")
            }
            for folder in folders {
                let names = TestFile.names(in: folder).filter { $0.hasPrefix("libasan.so.") }
                guard let newest = names.max(by: { ($0.utf8.count, $0) < ($1.utf8.count, $1) }) else { continue }
                return SanitizerRuntime(path: "\(folder)/\(newest)", isBuiltIn: false)
            }
            throw TestFailure(
                "No runtime of a sanitizer is installed (libasan, which comes with gcc), and \(library) needs none.")
        }
        // Loaded late it ends the process, so it is only looked for here.
        for folder in elf.searchPaths() + folders {
            let path = "\(folder)/\(name)"
            if access(path, R_OK) == 0 { return SanitizerRuntime(path: path, isBuiltIn: true) }
        }
        throw TestFailure("\(name), which \(library) needs, is in none of \(folders.joined(separator: ", "))")
    }

    private static var folders: [String] {
        let named = getenv("LD_LIBRARY_PATH").map { String(cString: $0) } ?? ""
        return named.split(separator: ":").map(String.init)
            + ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib", "/lib64"]
    }
}
