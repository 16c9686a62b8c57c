import GantryCryptography
import Glibc

/// The file with the key that secrets and modules' tokens are kept under.
enum SecretKeyFile {
    /// The key, made at the first use. Throws `HostError` when the file is missing although it was made, cannot be
    /// used, or may be read by others.
    /// - Parameter mayMake: Whether a missing file is the first use.
    static func key(_ path: String, mayMake: Bool) throws -> SealingKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT {
            guard mayMake else {
                throw HostError(
                    .dataFolder,
                    "The file `\(path)` with the key of the secrets is missing. Put it back; without it the secrets "
                        + "that are kept can only be removed (`gantry secret unset`) and set anew.")
            }
            return try make(path)
        }
        guard descriptor >= 0 else { throw unusable(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & 0o077 == 0 else {
            throw unusable(path, "others than its owner may read or write it; `chmod 600` changes that")
        }
        var bytes = [UInt8](repeating: 0, count: SealingKey.byteCount + 1)
        let count = read(descriptor, &bytes, bytes.count)
        guard count == SealingKey.byteCount, let key = SealingKey(Array(bytes[..<count])) else {
            throw unusable(path, "it does not hold \(SealingKey.byteCount) bytes")
        }
        return key
    }

    /// Whole and durable, or not at all.
    private static func make(_ path: String) throws -> SealingKey {
        let bytes = Cryptography.randomBytes(SealingKey.byteCount)
        guard let key = SealingKey(bytes) else { preconditionFailure("Random bytes come in the number asked for.") }
        let partial = path + ".partial"
        unlink(partial)
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unusable(path, String(cString: strerror(errno))) }
        let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(partial, path) == 0 else { throw unusable(path, String(cString: strerror(errno))) }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if parent >= 0 {
            fsync(parent)
            close(parent)
        }
        return key
    }

    private static func unusable(_ path: String, _ reason: String) -> HostError {
        HostError(.dataFolder, "The file `\(path)` with the key of the secrets cannot be used: \(reason).")
    }
}
