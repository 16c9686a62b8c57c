import GantryKit
import GantryKitTesting
import Testing

@Suite("The database")
struct DatabaseTests {
    @Test("Parameters of every type are bound, events and jobs belong to the transaction")
    func write() throws {
        let host = try TestHost.sample()
        #expect(try host.call("store").text == "1 36")
        #expect(
            try host.database.rows("SELECT * FROM things") == [
                [.integer(1), .real(2.5), .text("três"), .blob([0, 255]), .integer(1), .null, .null, .text("{}")]
            ])
        #expect(host.published.map(\.type) == ["sample.stored", "sample.stored"])
        #expect(host.published.map(\.key) == ["k", ""])
        #expect(host.published.map { String(decoding: $0.data, as: UTF8.self) } == [#"{"n":1}"#, "{}"])
        #expect(host.jobs.map(\.name) == ["batch"])
        #expect(host.jobs.map(\.key) == ["b"])
        #expect(host.jobs.map(\.notBeforeMilliseconds) == [99])
    }

    @Test("A body that is run again counts once")
    func rerun() throws {
        let host = try TestHost.sample()
        host.transactionRuns = 3
        #expect(try host.call("store").text == "1 36")
        #expect(host.functionsCalled.count { $0 == "gantry.database execute" } == 3)
        #expect(host.published.count == 2)
        #expect(try host.database.int("SELECT count(*) FROM things") == 1)
    }

    @Test("Columns of every type are read")
    func read() throws {
        let host = try TestHost.sample()
        try host.database.execute("INSERT INTO records VALUES (1, 2, 'n', x'09', NULL, 0), (1, 2, 'n', x'09', NULL, 0)")
        #expect(try host.call("list").text == "6 1 2.0 n [9] nil false;6 1 2.0 n [9] nil false")
    }

    @Test(
        "A column of another type is an error that names it",
        arguments: [
            (SQLValue.text("x"), "Column 0 is text, not Int"), (.null, "Column 0 is NULL, not Int"),
        ])
    func mismatch(value: SQLValue, message: String) throws {
        let host = try TestHost.sample()
        try host.database.execute("INSERT INTO records (id) VALUES ($1)", value)
        #expect(try host.call("first").failure == .invalid)
        #expect(host.loggedError?.contains(message) == true)
    }

    @Test("The first row is taken, further ones are read over", arguments: [(0, "none"), (1, "0"), (3, "0")])
    func first(count: Int, expected: String) throws {
        let host = try TestHost.sample()
        for number in 0..<count {
            try host.database.execute("INSERT INTO records (id) VALUES ($1)", .integer(Int64(number)))
        }
        #expect(try host.call("first").text == expected)
    }

    @Test("The one row that must be there is returned, its absence is an error")
    func one() throws {
        let host = try TestHost.sample()
        #expect(try host.call("one").failure == .failed)
        #expect(host.loggedError?.contains("no row: SELECT id") == true)
        try host.database.execute("INSERT INTO records (id) VALUES (4), (5)")
        #expect(try host.call("one").text == "4")
    }

    @Test("A call that was cancelled is not logged as a fault")
    func cancelled() throws {
        let host = try TestHost.sample()
        host.fail("gantry.database execute", with: .cancelled)
        let lines = host.logs
        #expect(try host.call("uncaught").failure == .cancelled)
        #expect(host.logs == lines)
    }

    @Test("What a row's closure throws ends the statement and the transaction, and arrives as it is")
    func throwingRow() throws {
        let host = try TestHost.sample()
        try host.database.execute("INSERT INTO records (id) VALUES (1), (2), (3)")
        #expect(try host.call("each").failure == .failed)
        #expect(host.loggedError == "Broken()")
    }

    @Test("A conflict can be recognised and carries the engine's code")
    func conflict() throws {
        let host = try TestHost.sample()
        #expect(try host.call("conflict").status == 204)
        let reply = try host.call("conflict")
        #expect(reply.status == 409)
        #expect(reply.message == "2067 UNIQUE constraint failed: single.id")
        #expect(try host.call("uncaught").failure == .conflict)
    }

    @Test("A commit that fails is an error though the body succeeded")
    func failedCommit() throws {
        let host = try TestHost.sample()
        host.answerCommits([.busy])
        #expect(try host.call("uncaught").failure == .busy)
        #expect(host.loggedError?.contains("busy") == true)
        #expect(try host.database.int("SELECT count(*) FROM single") == 0)
    }

    @Test("A host that answers without running the body is an error")
    func neverRun() throws {
        let host = try TestHost.sample()
        host.fail("gantry.database transact", with: .ok)
        #expect(try host.call("uncaught").failure == .failed)
    }

    @Test("Statements that reach beyond the rows are refused with the host's own words")
    func refused() throws {
        let host = try TestHost(SQLModule.self)
        for (sql, reason) in [
            ("PRAGMA user_version = 2", "pragmas are set by the host"),
            ("ATTACH 'x' AS y", "a transaction sees its own database only"),
            ("COMMIT", "transactions are begun and ended by the host"),
            ("CREATE TABLE t (id)", "the schema is changed by migrations only"),
        ] {
            #expect(try host.call("run", body: Array(sql.utf8)).failure == .denied)
            #expect(host.loggedError?.contains(reason) == true, "\(sql)")
        }
    }

    struct SQLModule: Module {
        static let manifest = Identity("sql", version: "1.0.0")
        static let handlers: [Handler<Self>] = [
            .operation("run") { _, request in
                let sql = String(decoding: request.bytes, as: UTF8.self)
                try request.database.write { tx in try tx.execute(sql) }
                return .empty()
            }
        ]
        init(_ context: ModuleContext) throws {}
    }

    @Test("Without the capability every use says which line the manifest lacks", arguments: ["store", "list"])
    func denied(operation: String) throws {
        let host = try TestHost.sample(.init(denied: ["database"]))
        #expect(try host.call(operation).failure == .denied)
        #expect(host.loggedError?.contains("list `database` under `capabilities:` in module.yaml") == true)
    }

    @Test("Without the capability events, publishing undoes the transaction")
    func deniedEvents() throws {
        let host = try TestHost.sample(.init(denied: ["events"]))
        #expect(try host.call("store").failure == .denied)
        #expect(host.published.isEmpty)
        #expect(try host.database.int("SELECT count(*) FROM things") == 0)
    }
}
