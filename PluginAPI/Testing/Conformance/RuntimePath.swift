import GantryKitTesting
import Glibc

/// Where the Swift runtime lies that this process uses. A module's library names no folder to look in, so that it takes
/// the host's; what this command does not use itself must be found all the same.
enum RuntimePath {
    private static let variable = "LD_LIBRARY_PATH"

    /// Begins the process anew with the runtime's folder in the search path, unless it is there already.
    static func ensure(_ arguments: [String]) {
        guard let folder, !current.contains(folder) else { return }
        setenv(variable, ([folder] + current).joined(separator: ":"), 1)
        var words = arguments.map { strdup($0) } + [nil]
        // Returns only when it fails; then libraries that need no more than this command can still be examined.
        execv("/proc/self/exe", &words)
        for word in words { free(word) }
    }

    private static var current: [String] {
        getenv(variable).map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
    }

    /// The folder of the loaded runtime; nil when it is part of the executable.
    private static var folder: String? {
        guard let maps = try? TestFile.text("/proc/self/maps") else { return nil }
        for line in maps.split(separator: "\n") where line.hasSuffix("/libswiftCore.so") {
            guard let start = line.firstIndex(of: "/"), let end = line.lastIndex(of: "/") else { continue }
            return String(line[start..<end])
        }
        return nil
    }
}
