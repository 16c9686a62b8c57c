import CGantry
import GantryKit
import Testing

@Suite("The database")
struct DatabaseTests {
    @Test("Parameters of every type are bound, events and jobs belong to the transaction")
    func write() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.onExecute { _ in FakeHost.Result(changes: 3) }
        #expect(try module.handle("store") == .ok)
        #expect(module.host.answer?.body == "3 36")
        #expect(
            module.host.statements.first?.parameters == [
                .integer(1), .real(2.5), .text("três"), .blob([0, 255]), .integer(1), .null, .null, .text("{}"),
            ])
        #expect(
            module.host.get(\.published) == [
                .init(transaction: 1, type: "sample.stored", key: "k", data: #"{"n":1}"#),
                .init(transaction: 1, type: "sample.stored", key: "", data: "{}"),
            ])
        #expect(
            module.host.get(\.enqueued) == [
                .init(transaction: 1, name: "batch", key: "b", payload: #"{"n":2}"#, notBefore: 99)
            ])
        #expect(module.host.get(\.transactionModes) == [GANTRY_TRANSACTION_WRITE.rawValue])
    }

    @Test("A body that is run again returns the last run's result")
    func rerun() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.set { $0.runs = 3 }
        module.host.onExecute { [host = module.host] _ in FakeHost.Result(changes: host.statements.count) }
        #expect(try module.handle("store") == .ok)
        #expect(module.host.answer?.body == "3 36")
        #expect(module.host.statements.count == 3)
    }

    @Test(
        "A run that failed is forgotten when a later one succeeds, and the other way round", arguments: [true, false])
    func rerunAfterFailure(firstFails: Bool) throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.set { state in
            state.runs = 2
            state.retriesFailures = true
        }
        module.host.onExecute { [host = module.host] _ in
            FakeHost.Result(status: (host.statements.count == 1) == firstFails ? .busy : .ok)
        }
        #expect(try module.handle("uncaught") == (firstFails ? .ok : .busy))
        #expect(module.host.answer?.status == (firstFails ? 204 : nil))
    }

    @Test("Columns of every type are read")
    func read() throws {
        let module = try LoadedModule(SampleModule.self)
        let row: [SQLValue] = [.integer(1), .integer(2), .text("n"), .blob([9]), .null, .integer(0)]
        module.host.onExecute { _ in FakeHost.Result(rows: [row, row]) }
        #expect(try module.handle("list") == .ok)
        #expect(module.host.answer?.body == "6 1 2.0 n [9] nil false;6 1 2.0 n [9] nil false")
        #expect(module.host.get(\.transactionModes) == [GANTRY_TRANSACTION_READ.rawValue])
    }

    @Test(
        "A column of another type, or none, is an error that names it",
        arguments: [
            ([SQLValue.text("x")], "Column 0 is text, not Int"), ([.null], "Column 0 is NULL, not Int"),
            ([], "The row has 0 columns, none at 0"),
        ])
    func mismatch(row: [SQLValue], message: String) throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.onExecute { _ in FakeHost.Result(rows: [row]) }
        #expect(try module.handle("first") == .invalid)
        #expect(module.host.logs.last?.contains(message) == true)
    }

    @Test("The first row is taken, further ones are read over", arguments: [(0, "none"), (1, "0"), (3, "0")])
    func first(count: Int, expected: String) throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.onExecute { _ in FakeHost.Result(rows: (0..<count).map { [.integer(Int64($0))] }) }
        #expect(try module.handle("first") == .ok)
        #expect(module.host.answer?.body == expected)
    }

    @Test("The one row that must be there is returned, its absence is an error")
    func one() throws {
        let module = try LoadedModule(SampleModule.self)
        #expect(try module.handle("one") == .failed)
        #expect(module.host.logs.last?.contains("no row: SELECT count(*)") == true)
        module.host.onExecute { _ in FakeHost.Result(rows: [[.integer(4)], [.integer(5)]]) }
        #expect(try module.handle("one") == .ok)
        #expect(module.host.answer?.body == "4")
    }

    @Test("A call that was cancelled is not logged as a fault")
    func cancelled() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.onExecute { _ in FakeHost.Result(status: .cancelled) }
        let lines = module.host.logs
        #expect(try module.handle("uncaught") == .cancelled)
        #expect(module.host.logs == lines)
    }

    @Test("What a row's closure throws ends the statement and the transaction, and arrives as it is")
    func throwingRow() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.onExecute { _ in FakeHost.Result(rows: [[.integer(1)], [.integer(2)], [.integer(3)]]) }
        #expect(try module.handle("each") == .failed)
        #expect(module.host.logs.last?.contains("error=Broken()") == true)
    }

    @Test("A conflict can be recognised and carries the engine's code")
    func conflict() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.onExecute { _ in FakeHost.Result(status: .conflict, code: 2067, message: "UNIQUE") }
        #expect(try module.handle("conflict") == .ok)
        #expect(module.host.answer?.status == 409)
        #expect(module.host.answer?.message == "2067 UNIQUE")
        #expect(try module.handle("uncaught") == .conflict)
    }

    @Test("A commit that fails is an error though the body succeeded")
    func failedCommit() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.set { $0.commitStatus = .busy }
        #expect(try module.handle("uncaught") == .busy)
        #expect(module.host.logs.last?.contains("commit failed") == true)
    }

    @Test("A transaction that the host never runs is an error")
    func neverRun() throws {
        let module = try LoadedModule(SampleModule.self)
        module.host.set { $0.runs = 0 }
        #expect(try module.handle("uncaught") == .failed)
    }

    @Test("Without the capability every use answers denied", arguments: ["store", "list"])
    func denied(operation: String) throws {
        let host = FakeHost()
        host.set { _ = $0.denied.insert(GANTRY_DATABASE_ID) }
        let module = try LoadedModule(SampleModule.self, host: host)
        #expect(try module.handle(operation) == .denied)
        #expect(host.logs.last?.contains("gantry.database") == true)
    }

    @Test("Without the capability events, publishing undoes the transaction")
    func deniedEvents() throws {
        let host = FakeHost()
        host.set { _ = $0.denied.insert(GANTRY_EVENTS_ID) }
        let module = try LoadedModule(SampleModule.self, host: host)
        #expect(try module.handle("store") == .denied)
        #expect(host.get(\.published).isEmpty)
    }
}
