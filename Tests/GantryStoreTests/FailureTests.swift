import GantryStore
import GantryThreads
import Glibc
import TestCommands
import Testing

@Suite("Broken files and folders")
struct FailureTests {
    let folder = TemporaryFolder()
    let pool = ThreadPool(name: "test", threadCount: 1)

    private func error(at path: String) -> StoreError? {
        let database = Database(path: path, pool: pool)
        do throws(StoreError) {
            try database.write(as: .migration) { transaction throws(StoreError) in
                try transaction.execute("CREATE TABLE item(id)")
            }
            return nil
        } catch {
            return error
        }
    }

    @Test("a file that is no database is called corrupt and is left as it is")
    func noDatabase() throws {
        folder.write(String(repeating: "this is no database. ", count: 500), to: "data.db")
        let error = error(at: "\(folder.path)/data.db")
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("data.db") == true)
    }

    @Test("damaged pages are called corrupt")
    func damagedPages() throws {
        let path = "\(folder.path)/data.db"
        let database = Database(path: path, pool: pool)
        try database.write(as: .migration) { transaction throws(StoreError) in
            try transaction.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT)")
            for number in 0..<2000 {
                try transaction.execute("INSERT INTO item(name) VALUES($1)", [.text("item number \(number)")])
            }
        }
        database.close()
        let file = open(path, O_RDWR)
        let garbage = [UInt8](repeating: 0xA5, count: 20_000)
        #expect(pwrite(file, garbage, garbage.count, 4096) == garbage.count)
        close(file)
        let again = Database(path: path, pool: pool)
        let error = #expect(throws: StoreError.self) {
            try again.read { transaction throws(StoreError) in
                try transaction.execute("SELECT sum(length(name)) FROM item")
            }
        }
        #expect(error?.code == .corrupt)
    }

    @Test("a folder that cannot be made is named")
    func noFolder() throws {
        folder.write("", to: "file")
        let error = error(at: "\(folder.path)/file/data.db")
        #expect(error?.message.contains("\(folder.path)/file") == true)
    }

    @Test("a folder without the right to write is called read-only", .enabled(if: geteuid() != 0))
    func readOnlyFolder() throws {
        #expect(chmod(folder.path, 0o500) == 0)
        #expect(error(at: "\(folder.path)/data.db")?.code == .readOnly)
        #expect(chmod(folder.path, 0o700) == 0)
    }

    @Test("a file system that takes no files is called read-only")
    func readOnlyFileSystem() throws {
        let error = error(at: "/proc/self/data.db")
        #expect(error?.code == .readOnly || error?.code == .failed)
        #expect(error?.message.contains("/proc/self/data.db") == true)
    }

    @Test("the database's limit of size is a full disk, and smaller writes go on")
    func full() throws {
        let fixture = try Fixture { $0.maximumBytes = 200_000 }
        let error = fixture.failure { transaction throws(StoreError) in
            try Fixture.insert(String(repeating: "x", count: 500_000), in: transaction)
        }
        #expect(error?.code == .diskFull)
        try fixture.insert("small")
        #expect(try fixture.names() == ["small"])
    }

    @Test("new files are for the host's user only")
    func fileMode() throws {
        let fixture = try Fixture()
        try fixture.insert("a")
        for suffix in ["", "-wal"] {
            var information = stat()
            #expect(stat(fixture.database.path + suffix, &information) == 0)
            #expect(information.st_mode & 0o777 == 0o600)
        }
    }

    @Test("idle connections are closed and opened again when needed")
    func closesIdle() throws {
        let fixture = try Fixture()
        try fixture.insert("a")
        #expect(try fixture.names() == ["a"])
        fixture.database.closeIdleConnections()
        // The last connection takes the log into the file and removes it.
        #expect(access(fixture.database.path + "-wal", F_OK) != 0)
        try fixture.insert("b")
        #expect(try fixture.names() == ["a", "b"])
    }
}
