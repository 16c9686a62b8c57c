import GantryThreads
import Glibc

/// Opens connections to one file, one after the other, and makes the file and its folders the first time.
final class ConnectionOpener: Sendable {
    private static let pageSizeBytes: Int64 = 4096

    private let path: String
    private let maximumPageCount: Int64
    /// Whether the file is known to exist. Held while opening, since two connections that both switch a new file to
    /// the write-ahead log would find it busy.
    private let isPrepared = Lock(false)

    init(path: String, maximumBytes: Int64) {
        self.path = path
        maximumPageCount = maximumBytes / Self.pageSizeBytes
    }

    func open(isReader: Bool) throws(StoreError) -> sending Connection {
        try isPrepared.withLock { isPrepared throws(StoreError) in
            if !isPrepared { try prepareFile() }
            isPrepared = true
            return try Connection(path: path, isReader: isReader, maximumPageCount: maximumPageCount)
        }
    }

    private func prepareFile() throws(StoreError) {
        if access(path, F_OK) == 0 { return }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try makeFolder(folder.isEmpty ? "/" : folder)
        // Readable by the host's user alone; SQLite gives the log beside it the same mode.
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.systemError("cannot create \(path)") }
        Glibc.close(file)
    }

    /// Makes a folder and those above it, and writes down their entries durably.
    private func makeFolder(_ folder: String) throws(StoreError) {
        if access(folder, F_OK) == 0 { return }
        let parent = folder.lastIndex(of: "/").map { String(folder[..<$0]) }.map { $0.isEmpty ? "/" : $0 } ?? "."
        try makeFolder(parent)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw Self.systemError("cannot create the folder \(folder)")
        }
        let descriptor = Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        Glibc.close(descriptor)
    }

    private static func systemError(_ work: String) -> StoreError {
        let number = errno
        let isReadOnly = number == EACCES || number == EROFS || number == EPERM
        let code: StoreError.Code = isReadOnly ? .readOnly : number == ENOSPC || number == EDQUOT ? .diskFull : .failed
        return StoreError(code, "\(work): \(String(cString: strerror(number)))")
    }
}
