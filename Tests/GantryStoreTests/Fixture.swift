import GantryStore
import GantryThreads
import TestCommands

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
