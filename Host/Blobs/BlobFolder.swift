import GantryThreads
import Glibc

/// The files of a store. Their names are random: no key ever becomes part of a path.
///
///     index.db            what is known of each blob, with the name of its file
///     partial/<name>      being written, or just committed
///     content/ab/<name>   committed
struct BlobFolder: BlobPlace {
    let path: String

    /// What lies in `partial` is found there.
    var needsIntent: Bool { false }

    var indexPath: String { "\(path)/index.db" }
    private var partialFolder: String { "\(path)/partial" }
    private var contentFolder: String { "\(path)/content" }

    func partialPath(_ name: String) -> String { "\(partialFolder)/\(name)" }
    func contentPath(_ name: String) -> String { "\(contentFolder)/\(name.prefix(2))/\(name)" }

    /// Makes what is missing.
    func prepare() throws(BlobError) {
        for folder in [path, partialFolder, contentFolder] {
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
                throw Self.systemError("The folder of blobs")
            }
        }
        try Self.sync(path)
    }

    /// The names in `partial`.
    func leftovers() -> [String] {
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

    /// A new file in `partial`.
    func create(_ name: String, contentType _: String) throws(BlobError) -> any BlobSink {
        let descriptor = Glibc.open(partialPath(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.systemError("A blob") }
        return FileSink(descriptor: descriptor, folder: partialFolder)
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
    func open(_ name: String, size _: Int64) throws(BlobError) -> (any BlobSource)? {
        for path in [contentPath(name), partialPath(name), contentPath(name)] {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            if descriptor >= 0 { return FileSource(descriptor: descriptor) }
        }
        return nil
    }

    /// Removes a file, wherever it lies; who has it open goes on reading.
    func remove(_ name: String) -> Bool {
        unlink(contentPath(name))
        unlink(partialPath(name))
        return true
    }

    fileprivate static func sync(_ folder: String) throws(BlobError) {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("The folder of blobs") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("The folder of blobs") }
    }

    /// What the system said last.
    static func systemError(_ what: String) -> BlobError {
        let number = errno
        let isFull = number == ENOSPC || number == EDQUOT
        return BlobError(
            isFull ? .full : .failed, "\(what) cannot be written: \(String(cString: strerror(number))).")
    }
}

/// A file of this machine that is being written. Whoever has it calls from one thread at a time.
private final class FileSink: BlobSink {
    private let descriptor: Int32
    private let folder: String

    init(descriptor: Int32, folder: String) {
        self.descriptor = descriptor
        self.folder = folder
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(BlobError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw BlobFolder.systemError("A blob")
            }
        }
    }

    func sync() throws(BlobError) {
        guard fdatasync(descriptor) == 0 else { throw BlobFolder.systemError("A blob") }
        try BlobFolder.sync(folder)
        CrashPoint.afterBlobSync.pass()
    }

    func close() { Glibc.close(descriptor) }
}

/// A file of this machine that is open for reading.
private final class FileSource: BlobSource {
    private let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(BlobError) -> Int {
        var total = 0
        while total < room.count {
            let count = pread(
                descriptor, room.baseAddress?.advanced(by: total), room.count - total, off_t(offset) + total
            )
            if count == 0 { break }
            if count > 0 {
                total += count
            } else if errno != EINTR {
                throw BlobError(.failed, "A blob cannot be read: \(String(cString: strerror(errno))).")
            }
        }
        return total
    }
}
