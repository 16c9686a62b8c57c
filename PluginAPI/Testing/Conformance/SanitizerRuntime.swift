import GantryKitTesting
import Glibc

/// The runtime of a sanitizer that a library was built with. It must be in the process before everything else.
enum SanitizerRuntime {
    /// The path of what `library` needs. Throws `TestFailure` where it needs none, or where that cannot be found.
    static func find(for library: String) throws -> String {
        let elf = try ELFFile(library)
        guard let name = elf.needed().first(where: { $0.contains("asan") || $0.contains("tsan") }) else {
            throw TestFailure(
                "\(library) needs no sanitizer's runtime: build it with -fsanitize=address (clang: -shared-libasan)")
        }
        // Loaded late it ends the process, so it is only looked for here.
        for folder in elf.searchPaths() + folders {
            let path = "\(folder)/\(name)"
            if access(path, R_OK) == 0 { return path }
        }
        throw TestFailure("\(name), which \(library) needs, is in none of \(folders.joined(separator: ", "))")
    }

    private static var folders: [String] {
        let named = getenv("LD_LIBRARY_PATH").map { String(cString: $0) } ?? ""
        return named.split(separator: ":").map(String.init)
            + ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib", "/lib64"]
    }
}
