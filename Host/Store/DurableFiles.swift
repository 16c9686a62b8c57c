import Glibc

/// Files that are put in place durably: the content is synced before the name, and the name before anything goes on.
enum DurableFiles {
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a folder inside one that exists.
    static func makeFolder(_ path: String) throws(StoreError) {
        if mkdir(path, 0o700) == 0 { return try syncFolder(of: path) }
        if errno != EEXIST { throw failure("cannot make the folder \(path)") }
    }

    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }

    /// Removes a file; what is not there need not be removed.
    static func remove(_ path: String) { unlink(path) }

    static func sync(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open \(path)") }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw failure("cannot sync \(path)") }
    }

    static func syncFolder(of path: String) throws(StoreError) { try sync(parent(of: path)) }

    /// Gives a synced file its name.
    static func rename(_ path: String, to target: String) throws(StoreError) {
        guard Glibc.rename(path, target) == 0 else { throw failure("cannot rename \(path) to \(target)") }
        try syncFolder(of: target)
    }

    /// Copies a file and syncs the copy.
    static func copy(_ path: String, to target: String) throws(StoreError) {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw failure("cannot open \(path)") }
        defer { close(source) }
        let copy = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard copy >= 0 else { throw failure("cannot write \(target)") }
        defer { close(copy) }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(source, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot read \(path)") }
            if count == 0 { break }
            var written = 0
            while written < count {
                let part = chunk.withUnsafeBytes { write(copy, $0.baseAddress?.advanced(by: written), count - written) }
                if part < 0, errno == EINTR { continue }
                guard part >= 0 else { throw failure("cannot write \(target)") }
                written += part
            }
        }
        if fsync(copy) != 0 { throw failure("cannot sync \(target)") }
    }

    static func failure(_ work: String) -> StoreError {
        let number = errno
        let isReadOnly = number == EACCES || number == EROFS || number == EPERM
        let code: StoreError.Code = isReadOnly ? .readOnly : number == ENOSPC || number == EDQUOT ? .diskFull : .failed
        return StoreError(code, "\(work): \(String(cString: strerror(number)))")
    }
}
