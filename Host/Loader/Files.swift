import Glibc

/// Small files read and written whole.
enum Files {
    /// Why a file could not be used: the operating system's words.
    struct Failure: Error, CustomStringConvertible {
        var path: String
        var errorNumber: Int32
        var isMissing: Bool { errorNumber == ENOENT }
        var isTooLong: Bool { errorNumber == EFBIG }
        var description: String { "\(path): \(String(cString: strerror(errorNumber)))" }
    }

    /// The content of a regular file of at most `maximumBytes`.
    static func read(_ path: String, maximumBytes: Int = 64 << 20) throws -> [UInt8] {
        // Without O_NONBLOCK a named pipe would hold the caller up before it can be told from a file.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(path: path, errorNumber: errno) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw Failure(path: path, errorNumber: errno) }
        guard information.st_mode & S_IFMT == S_IFREG else { throw Failure(path: path, errorNumber: EINVAL) }
        let size = Int(information.st_size)
        // A sparse file can claim any size, and memory for it would be asked for.
        guard size <= maximumBytes else { throw Failure(path: path, errorNumber: EFBIG) }
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { return }
                count += got
            }
        }
        if let failure { throw Failure(path: path, errorNumber: failure) }
        return bytes
    }

    /// Puts a file in place so that it is there whole or not at all, also after a power cut.
    static func writeDurably(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        let temporary = "\(path).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Failure(path: temporary, errorNumber: errno) }
        var written = 0
        var failure: Int32?
        while written < bytes.count, failure == nil {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 && errno != EINTR { failure = errno }
            if count > 0 { written += count }
        }
        if failure == nil && fsync(descriptor) != 0 { failure = errno }
        close(descriptor)
        if failure == nil && rename(temporary, path) != 0 { failure = errno }
        if let failure {
            unlink(temporary)
            throw Failure(path: path, errorNumber: failure)
        }
    }

    /// Names in a folder, sorted; those that begin with a full stop only when asked for, the folder itself and the one
    /// above never. Empty when there is no such folder.
    static func names(in folder: String, hiddenToo: Bool = false) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if hiddenToo ? name != "." && name != ".." : !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
