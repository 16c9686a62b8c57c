import Glibc

/// The images that are mapped into this process: the executable and its libraries.
enum LoadedImages {
    /// Paths of their files, each once: of what is mapped to be run.
    ///
    /// Other files are mapped too, SQLite's `-shm` among them, and must be left alone: whoever closes a file, however
    /// it was opened, ends all locks that the process holds on it.
    static var paths: [String] {
        var seen: Set<String> = []
        return ProcessSnapshot.lines("/proc/self/maps").compactMap { line in
            // Address, rights, offset, device, inode, and then blanks before the path.
            guard let rights = line.split(separator: " ", maxSplits: 2).dropFirst().first, rights.contains("x"),
                let start = line.firstIndex(of: "/")
            else { return nil }
            let path = String(line[start...])
            return seen.insert(path).inserted ? path : nil
        }
    }

    /// The C types of those that are mapped, by the path of the image. What is no file (the kernel's own image) or not
    /// readable has none.
    static func foreignTypes() -> [(path: String, types: ForeignTypes)] {
        paths.compactMap { path in
            guard let bytes = try? Files.read(path, maximumBytes: 1 << 30), let file = try? ELFFile(bytes),
                let types = try? ForeignTypes(file), !types.layouts.isEmpty
            else { return nil }
            return (path, types)
        }
    }
}
