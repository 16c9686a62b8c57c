import Glibc

/// Reads the migrations of a folder.
public enum MigrationFolder {
    /// The migrations that one engine runs, in their order; none when the folder does not exist.
    ///
    /// A file is for both engines (`0001_name.sql`), for SQLite (`0001_name.sqlite.sql`) or for PostgreSQL
    /// (`0001_name.postgresql.sql`). Other files than `*.sql` are ignored. A name of another form, a number that is
    /// missing or stands twice, and a file that cannot be read are errors.
    public static func load(_ folder: String, for engine: MigrationEngine = .sqlite) throws(StoreError) -> [Migration] {
        let files = try files(folder)
        var chosen: [Migration] = []
        for migration in files where migration.engine == .common || migration.engine == engine {
            chosen.append(migration)
        }
        let numbers = Set(chosen.map(\.version))
        if let lone = files.first(where: { !numbers.contains($0.version) }) {
            throw StoreError(
                .migration(.engine),
                "\(lone.file) has no counterpart for \(engine.rawValue): add "
                    + "\(fileName(lone.version, lone.name, engine)), or one file for both engines")
        }
        try check(chosen)
        return chosen
    }

    /// All migrations of a folder by number, those of one engine alone too.
    public static func files(_ folder: String) throws(StoreError) -> [Migration] {
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
            let (version, title, engine) = try parse(name, in: folder)
            let file = "\(folder)/\(name)"
            migrations.append(
                Migration(version: version, name: title, file: file, engine: engine, sql: try bytes(of: file)))
        }
        migrations.sort { ($0.version, $0.file) < ($1.version, $1.file) }
        for (one, other) in zip(migrations, migrations.dropFirst()) where one.version == other.version {
            let areCounterparts = one.engine != .common && other.engine != .common && one.engine != other.engine
            guard areCounterparts, one.name == other.name else {
                throw StoreError(.migration(.duplicate), "\(one.file) and \(other.file) have the same number")
            }
        }
        return migrations
    }

    /// Numbers are to be 1, 2, 3, … without gaps.
    static func check(_ migrations: [Migration]) throws(StoreError) {
        for (index, migration) in migrations.enumerated() where migration.version != index + 1 {
            if index > 0, migrations[index - 1].version == migration.version {
                throw StoreError(
                    .migration(.duplicate), "\(migrations[index - 1].file) and \(migration.file) have the same number")
            }
            throw StoreError(
                .migration(.gap), "\(migration.file) follows a gap: there is no migration \(index + 1)")
        }
    }

    private static func fileName(_ version: Int, _ name: String, _ engine: MigrationEngine) -> String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + "\(digits)_\(name).\(engine.rawValue).sql"
    }

    private static func parse(
        _ name: String, in folder: String
    ) throws(StoreError) -> (version: Int, name: String, engine: MigrationEngine) {
        let digits = name.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        let rest = name.utf8.dropFirst(digits.count)
        var title = String(Substring(rest).dropFirst().dropLast(4))
        var engine = MigrationEngine.common
        if let dot = title.lastIndex(of: ".") {
            // An ending that names no engine may be a misspelt one, which must not run on the wrong engine.
            let named = MigrationEngine(rawValue: String(title[title.index(after: dot)...]))
            guard let named, named != .common else {
                throw StoreError(
                    .migration(.file), "\(folder)/\(name) names no engine; there are .sqlite.sql and .postgresql.sql")
            }
            engine = named
            title = String(title[..<dot])
        }
        guard digits.count == 4, rest.first == UInt8(ascii: "_"), !title.isEmpty,
            let version = Int(String(Substring(digits))), version > 0
        else {
            throw StoreError(.migration(.file), "\(folder)/\(name) is not named like 0001_name.sql")
        }
        return (version, title, engine)
    }

    /// The content of a file. Throws `StoreError` when it cannot be read.
    public static func bytes(of file: String) throws(StoreError) -> [UInt8] {
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
