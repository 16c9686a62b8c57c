import GantryThreads
import Glibc

/// Held by whoever runs the migrations of one database: a lock of the system on a file beside it. It ends with the
/// process, however that ends, so none is ever left behind.
public final class MigrationLock {
    /// Who holds a lock.
    public struct Holder: Sendable, Equatable {
        /// The process.
        public let processID: Int32
        /// Since when, in milliseconds since 1970.
        public let sinceMilliseconds: Int64

        /// A process and its moment.
        public init(processID: Int32, sinceMilliseconds: Int64) {
            self.processID = processID
            self.sinceMilliseconds = sinceMilliseconds
        }
    }

    private let descriptor: Int32

    /// Takes the lock, waiting for another holder up to the deadline; then the error names that one.
    init(databasePath: String, deadline: Deadline, clock: WallClock) throws(StoreError) {
        let path = Self.path(databasePath)
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw StoreError(errno == EACCES || errno == EROFS ? .readOnly : .failed, Self.systemMessage(path))
        }
        var range = Self.wholeFile(F_WRLCK)
        while fcntl(opened, Self.setLock, &range) != 0 {
            guard errno == EAGAIN || errno == EACCES || errno == EINTR, !deadline.hasPassed else {
                let message = Self.message(holder: Self.holder(ofDatabase: databasePath), databasePath)
                close(opened)
                throw StoreError(.migration(.locked), message)
            }
            usleep(10_000)
        }
        // Only for people to read; what counts is the lock.
        let text = "\(getpid()) \(clock())\n"
        ftruncate(opened, 0)
        pwrite(opened, text, text.utf8.count, 0)
        descriptor = opened
    }

    deinit {
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// Who runs the migrations of a database at this moment; nil when nobody does. It takes nothing and waits for
    /// nobody.
    public static func holder(ofDatabase databasePath: String) -> Holder? {
        let file = open(path(databasePath), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var range = wholeFile(F_RDLCK)
        guard fcntl(file, getLock, &range) == 0, range.l_type != F_UNLCK else { return nil }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(file, &bytes, bytes.count, 0)
        let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard words.count == 2, let process = Int32(words[0]), let since = Int64(words[1]) else {
            return Holder(processID: 0, sinceMilliseconds: 0)
        }
        return Holder(processID: process, sinceMilliseconds: since)
    }

    static func path(_ databasePath: String) -> String { "\(databasePath)-migration" }

    /// Locks of the open file, not of the process: two users inside one process exclude each other as well, and asking
    /// for the holder releases nothing.
    private static let setLock: Int32 = 37
    private static let getLock: Int32 = 36

    private static func wholeFile(_ type: Int32) -> flock {
        var range = flock()
        range.l_type = Int16(type)
        range.l_whence = Int16(SEEK_SET)
        return range
    }

    private static func message(holder: Holder?, _ databasePath: String) -> String {
        guard let holder, holder.processID != 0 else { return "another process runs the migrations of \(databasePath)" }
        return "the process \(holder.processID) runs the migrations of \(databasePath) since "
            + UTCTime.text(milliseconds: holder.sinceMilliseconds)
    }

    private static func systemMessage(_ path: String) -> String {
        "cannot lock \(path): \(String(cString: strerror(errno)))"
    }
}
