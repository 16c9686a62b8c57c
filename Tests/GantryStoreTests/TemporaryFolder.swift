import GantryStore
import GantryThreads
import Glibc

/// A folder that is gone when the test is over.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/gantry-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, let made = mkdtemp(start) else { return "/tmp/gantry-test" }
            return String(cString: made)
        }
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != "." && name != ".." { remove("\(path)/\(name)") }
            }
            closedir(directory)
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    /// Writes a file and the folders above it.
    func write(_ text: String, to name: String) {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o700)
        }
        let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let bytes = Array(text.utf8)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
    }
}

/// A database with a table of items, in a folder of its own.
struct Fixture {
    let folder = TemporaryFolder()
    let pool = ThreadPool(name: "test", threadCount: 2)
    let database: Database

    init(schema: String = Fixture.items, configure: (inout Database.Configuration) -> Void = { _ in }) throws {
        var configuration = Database.Configuration()
        configure(&configuration)
        database = Database(path: "\(folder.path)/module/data.db", pool: pool, configuration: configuration)
        for statement in schema.split(separator: ";") {
            try database.write(as: .migration) { transaction throws(StoreError) in
                try transaction.execute(text: String(statement))
            }
        }
    }

    static let items = "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, amount INTEGER)"

    func insert(_ name: String) throws(StoreError) {
        try database.write { transaction throws(StoreError) in try Self.insert(name, in: transaction) }
    }

    static func insert(_ name: String, in transaction: Transaction) throws(StoreError) {
        try transaction.execute("INSERT INTO item(name) VALUES($1)", [.text(name)])
    }

    func names() throws(StoreError) -> [String] {
        try database.read { transaction throws(StoreError) in
            var names: [String] = []
            try transaction.execute("SELECT name FROM item ORDER BY id") { row throws(StoreError) in
                names.append(row.string(0))
                return true
            }
            return names
        }
    }

    /// The error of a body, or nil.
    func failure(
        as privilege: Privilege = .module,
        _ body: (Transaction) throws(StoreError) -> Void
    ) -> StoreError? {
        do {
            try database.write(as: privilege, body)
            return nil
        } catch {
            return error
        }
    }

    /// The error of one writing statement, or nil.
    func failure(of sql: String, as privilege: Privilege = .module) -> StoreError? {
        failure(as: privilege) { transaction throws(StoreError) in try transaction.execute(text: sql) }
    }
}
