import Glibc

/// Files read and written whole, and where they stand.
public enum TestFiles {
    /// The root of the repository that the test's source file stands in.
    public static func repository(of sourceFile: String = #filePath) -> String {
        var parts = realPath(sourceFile).split(separator: "/")
        while !parts.isEmpty {
            parts.removeLast()
            let folder = "/" + parts.joined(separator: "/")
            if exists("\(folder)/PluginAPI/C") && exists("\(folder)/Host") { return folder }
        }
        preconditionFailure("No repository stands around \(sourceFile).")
    }

    /// The path of a program that was built beside the tests.
    public static func builtProgram(_ name: String) -> String {
        let binary = realPath("/proc/self/exe")
        return binary.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/" + name
    }

    /// Whether there is such a file or folder.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The file's content; nil when it cannot be read.
    public static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var information = stat()
        guard fstat(fileno(file), &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(information.st_size)) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
    }

    /// The file's content as text, broken characters replaced; nil when it cannot be read.
    public static func text(_ path: String) -> String? { read(path).map { String(decoding: $0, as: UTF8.self) } }

    /// Writes the file; a failure ends the test process, since no test can go on from there.
    public static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "we") else { preconditionFailure("\(path) cannot be written: \(errno)") }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fclose(file) == 0 else {
            preconditionFailure("\(path) cannot be written: \(errno)")
        }
    }

    /// Names in a folder, sorted, without hidden ones unless asked for.
    public static func names(in folder: String, hiddenToo: Bool = false) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") || (hiddenToo && name != "." && name != "..") { names.append(name) }
        }
        return names.sorted()
    }

    private static func realPath(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
