import GantryStore
import GantryThreads
import Glibc

/// Measures durable one-row writes on the disk of the given folder: a bare file with one sync for each write, the store
/// with one caller, which has nobody to share a sync with, and the store with 64 callers. Prints one JSON object with
/// writes per second, in an order of rounds that spreads the machine's moods over all of them.
@main
enum StoreLoad {
    private static let callerCount = 64
    private static let roundTime = Duration.milliseconds(1000)

    static func main() throws {
        guard let folder = CommandLine.arguments.dropFirst().first else {
            print("usage: store-load FOLDER")
            exit(2)
        }
        let pool = ThreadPool(name: "store", threadCount: 4)
        let database = Database(path: "\(folder)/load.db", pool: pool)
        try database.write(as: .migration) { transaction throws(StoreError) in
            try transaction.execute("CREATE TABLE entry(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        }
        var (bare, one, many): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<5 {
            bare.append(try writesPerSecondOfBareFile("\(folder)/bare"))
            one.append(writesPerSecond(of: database, callers: 1))
            many.append(writesPerSecond(of: database, callers: callerCount))
        }
        print(
            """
            {"bare": \(median(bare)), "one": \(median(one)), "many": \(median(many)), "callers": \(callerCount)}
            """)
    }

    private static func writesPerSecondOfBareFile(_ path: String) throws -> Double {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            perror(path)
            exit(1)
        }
        defer { close(file) }
        let page = [UInt8](repeating: 1, count: 4096)
        var count = 0
        let end = Deadline.after(roundTime)
        while !end.hasPassed {
            guard pwrite(file, page, page.count, (count % 1000) * page.count) == page.count, fdatasync(file) == 0 else {
                perror(path)
                exit(1)
            }
            count += 1
        }
        return Double(count) / seconds(roundTime)
    }

    private static func writesPerSecond(of database: Database, callers: Int) -> Double {
        let pool = ThreadPool(name: "caller", threadCount: callers)
        let counts = Lock(0)
        let end = Deadline.after(roundTime)
        for _ in 0..<callers {
            _ = pool.submit {
                var count = 0
                while !end.hasPassed {
                    do throws(StoreError) {
                        try database.write { transaction throws(StoreError) in
                            try transaction.execute("INSERT INTO entry(text) VALUES($1)", [.text("a row of a bench")])
                        }
                    } catch {
                        print("\(error)")
                        exit(1)
                    }
                    count += 1
                }
                counts.withLock { $0 += count }
            }
        }
        _ = pool.drain()
        pool.stop()
        return Double(counts.withLock { $0 }) / seconds(roundTime)
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
