import GantryThreads
import Glibc

/// The files of a store. Their names are random: no key ever becomes part of a path.
///
///     index.db            what is known of each blob, with the name of its file
///     partial/<name>      being written, or just committed
///     content/ab/<name>   committed
struct BlobFolder: Sendable {
    let path: String

    var indexPath: String { "\(path)/index.db" }
    private var partialFolder: String { "\(path)/partial" }
    private var contentFolder: String { "\(path)/content" }

    func partialPath(_ name: String) -> String { "\(partialFolder)/\(name)" }
    func contentPath(_ name: String) -> String { "\(contentFolder)/\(name.prefix(2))/\(name)" }

    /// Makes what is missing.
    func make() throws(BlobError) {
        for folder in [path, partialFolder, contentFolder] {
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw Self.systemError("The folder of blobs") }
        }
        try Self.sync(path)
    }

    /// The names in `partial`.
    func partials() -> [String] {
        guard let folder = opendir(partialFolder) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// A new file that is written.
    func create(_ name: String) throws(BlobError) -> Int32 {
        let descriptor = open(partialPath(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.systemError("A blob") }
        return descriptor
    }

    /// Makes the file's bytes and its name in `partial` durable.
    func sync(partial descriptor: Int32) throws(BlobError) {
        guard fdatasync(descriptor) == 0 else { throw Self.systemError("A blob") }
        try Self.sync(partialFolder)
        CrashPoint.afterBlobSync.pass()
    }

    /// Moves a committed file to its place. Where that fails it stays in `partial`, where readers look as well.
    func settle(_ name: String) {
        let folder = "\(contentFolder)/\(name.prefix(2))"
        if mkdir(folder, 0o700) == 0 { try? Self.sync(contentFolder) }
        CrashPoint.beforeBlobRename.pass()
        rename(partialPath(name), contentPath(name))
        CrashPoint.afterBlobRename.pass()
    }

    /// Opens a committed file; nil when there is none of the name.
    func read(_ name: String) -> Int32? {
        for path in [contentPath(name), partialPath(name), contentPath(name)] {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            if descriptor >= 0 { return descriptor }
        }
        return nil
    }

    /// Removes a file, wherever it lies.
    func remove(_ name: String) {
        unlink(contentPath(name))
        unlink(partialPath(name))
    }

    private static func sync(_ folder: String) throws(BlobError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("The folder of blobs") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("The folder of blobs") }
    }

    /// What the system said last.
    static func systemError(_ what: String) -> BlobError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT
        return BlobError(isFull ? .full : .failed, "\(what) cannot be written: \(String(cString: strerror(number))).")
    }
}
