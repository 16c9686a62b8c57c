import Glibc

/// Reads the migrations of a folder.
public enum MigrationFolder {
    /// The migrations in a folder in their order; none when the folder does not exist.
    ///
    /// Other files than `*.sql` are ignored. A name that is not `NNNN_name.sql`, a number that is missing or stands
    /// twice, and a file that cannot be read are errors.
    public static func load(_ folder: String) throws(StoreError) -> [Migration] {
        guard let directory = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw StoreError(.failed, "cannot read \(folder): \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        var migrations: [Migration] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".sql"), !name.hasPrefix(".") else { continue }
            let (version, title) = try parse(name, in: folder)
            let file = "\(folder)/\(name)"
            migrations.append(Migration(version: version, name: title, file: file, sql: try bytes(of: file)))
        }
        migrations.sort { $0.version < $1.version }
        try check(migrations)
        return migrations
    }

    /// Numbers are to be 1, 2, 3, … without gaps.
    static func check(_ migrations: [Migration]) throws(StoreError) {
        for (index, migration) in migrations.enumerated() where migration.version != index + 1 {
            if index > 0, migrations[index - 1].version == migration.version {
                throw StoreError(
                    .misuse,
                    "\(migrations[index - 1].file) and \(migration.file) have the same number"
                )
            }
            throw StoreError(.misuse, "\(migration.file) follows a gap: there is no migration \(index + 1)")
        }
    }

    private static func parse(_ name: String, in folder: String) throws(StoreError) -> (version: Int, name: String) {
        let digits = name.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        let rest = name.utf8.dropFirst(digits.count)
        let title = String(Substring(rest).dropFirst().dropLast(4))
        guard digits.count == 4, rest.first == UInt8(ascii: "_"), !title.isEmpty,
            let version = Int(String(Substring(digits))), version > 0
        else {
            throw StoreError(.misuse, "\(folder)/\(name) is not named like 0001_name.sql")
        }
        return (version, title)
    }

    private static func bytes(of file: String) throws(StoreError) -> [UInt8] {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StoreError(.failed, "cannot read \(file): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw StoreError(.failed, "cannot read \(file): \(String(cString: strerror(errno)))")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
