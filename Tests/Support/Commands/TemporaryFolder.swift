import Glibc

/// A folder of its own for one test; gone with the object.
public final class TemporaryFolder: Sendable {
    /// Its path, without a slash at the end.
    public let path: String

    /// Makes the folder below `TMPDIR`, or where the system keeps such folders.
    public init() {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(base)/gantry-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("No temporary folder: \(errno)") }
        path = String(cString: made)
    }

    deinit { Self.removeTree(path) }

    private static func removeTree(_ path: String) {
        if unlink(path) == 0 { return }
        for name in TestFiles.names(in: path, hiddenToo: true) { removeTree("\(path)/\(name)") }
        rmdir(path)
    }

    /// Writes a file into it, with the folders above it, and gives its path.
    @discardableResult
    public func write(_ bytes: some Collection<UInt8>, to name: String) -> String {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o700)
        }
        let file = "\(path)/\(name)"
        TestFiles.write(Array(bytes), to: file)
        return file
    }

    /// Writes a text into it and gives its path.
    @discardableResult
    public func write(_ text: String, to name: String) -> String { write(Array(text.utf8), to: name) }
}
