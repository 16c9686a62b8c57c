import Glibc

/// Files and folders, as the author's commands handle them.
public enum AuthorFiles {
    /// Whether there is a file or folder.
    public static func exists(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0
    }

    /// Whether there is a folder.
    public static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// Names of what lies directly in the folder, sorted; none for what is no folder.
    public static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Paths of all files below the folder, seen from it, sorted.
    public static func all(below folder: String) -> [String] {
        names(in: folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return isFolder(path) ? all(below: path).map { "\(name)/\($0)" } : [name]
        }
    }

    /// The whole file. Throws `AuthoringError`.
    public static func read(_ path: String) throws(AuthoringError) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw failure("read", path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        guard ferror(file) == 0 else { throw failure("read", path) }
        return bytes
    }

    /// Writes a file that must not be there yet, and the folders above it. Throws `AuthoringError`.
    public static func write(_ bytes: [UInt8], to path: String, isExecutable: Bool = false) throws(AuthoringError) {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolder(String(path[..<slash])) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isExecutable ? 0o755 : 0o644)
        guard descriptor >= 0 else { throw failure("write", path) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
    }

    /// Writes a file in the place of the one that is there, if one is: there is always a whole one. Throws
    /// `AuthoringError`.
    static func replace(_ path: String, with bytes: [UInt8]) throws(AuthoringError) {
        let beside = "\(path).gantry-new"
        remove(beside)
        try write(bytes, to: beside, isExecutable: isExecutable(path))
        guard rename(beside, path) == 0 else {
            let error = failure("write", path)
            remove(beside)
            throw error
        }
    }

    /// Makes the folder and those above it. Throws `AuthoringError`.
    public static func makeFolder(_ path: String) throws(AuthoringError) {
        if path.isEmpty || isFolder(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolder(String(path[..<slash])) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("make", path) }
    }

    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// Removes a file, or a folder with all that is in it; what is not there need not be removed.
    public static func remove(_ path: String) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        if information.st_mode & S_IFMT == S_IFDIR {
            for name in names(in: path) { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    private static func failure(_ verb: String, _ path: String) -> AuthoringError {
        AuthoringError(.unreadable, "Cannot \(verb) \(path): \(String(cString: strerror(errno))).")
    }
}
