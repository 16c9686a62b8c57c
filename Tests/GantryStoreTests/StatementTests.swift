import GantryStore
import GantryThreads
import Testing

@Suite("Statements")
struct StatementTests {
    @Test("values of every type come back as they went in")
    func roundTrip() throws {
        let fixture = try Fixture(schema: "CREATE TABLE value(position INTEGER PRIMARY KEY, value ANY) STRICT")
        let bytes: [UInt8] = [0, 1, 255]
        let values: [SQLArgument] = [
            .null, .integer(.min), .real(0.1), .text(""), .text("zwölf\u{0}€"), .blob([]), .blob(bytes),
        ]
        for (position, value) in values.enumerated() {
            try fixture.database.write { transaction throws(StoreError) in
                let changes = try transaction.execute(
                    "INSERT INTO value(position, value) VALUES($1, $2)", [.integer(Int64(position)), value])
                #expect(changes == 1)
            }
        }
        try fixture.database.read { transaction throws(StoreError) in
            var rows: [String] = []
            try transaction.execute("SELECT value FROM value ORDER BY position") { row throws(StoreError) in
                #expect(row.columnCount == 1)
                switch row.value(0) {
                case .null: rows.append("null")
                case .integer(let number): rows.append("integer \(number)")
                case .real(let number): rows.append("real \(number)")
                case .text(let text): rows.append("text \(String(decoding: text, as: UTF8.self))")
                case .blob(let blob): rows.append("blob \(Array(blob))")
                }
                return true
            }
            #expect(
                rows == [
                    "null", "integer \(Int64.min)", "real 0.1", "text ", "text zwölf\u{0}€", "blob []",
                    "blob [0, 1, 255]",
                ])
        }
    }

    @Test("placeholders may be used twice and in any order")
    func placeholders() throws {
        let fixture = try Fixture()
        let row = try fixture.database.read { transaction throws(StoreError) in
            var result = ""
            try transaction.execute(
                "SELECT $2 || $1 || $2 || $10, '$3'",
                (1...10).map { SQLArgument.text("<\($0)>") }
            ) { row throws(StoreError) in
                result = row.string(0) + row.string(1)
                return true
            }
            return result
        }
        #expect(row == "<2><1><2><10>$3")
    }

    @Test(
        "wrong use is told apart from wrong statements",
        arguments: [
            ("INSERT INTO item(name) VALUES(?)", StoreError.Code.misuse),
            ("INSERT INTO item(name) VALUES(:name)", .misuse),
            ("INSERT INTO item(name) VALUES($name)", .misuse),
            ("INSERT INTO item(name) VALUES($0)", .misuse),
            ("INSERT INTO item(name) VALUES($1)", .misuse),
            ("INSERT INTO item(name) VALUES('a'); DELETE FROM item", .misuse),
            ("", .misuse), (" -- nothing", .misuse),
            ("INSERT INTO item(name", .syntax), ("SELECT * FROM nowhere", .syntax),
            ("INSERT INTO item(name) VALUES(NULL)", .conflict),
            ("INSERT INTO item(name) VALUES(\"name\")", .syntax),
        ])
    func errors(sql: String, code: StoreError.Code) throws {
        let fixture = try Fixture()
        let error = fixture.failure(of: sql)
        #expect(error?.code == code, "\(error.debugDescription)")
        #expect(try fixture.names().isEmpty)
    }

    @Test("a row's reader may stop, and may run statements of the same text")
    func nestedStatements() throws {
        let fixture = try Fixture()
        for name in ["a", "b", "c"] { try fixture.insert(name) }
        let (pairs, first) = try fixture.database.read { transaction throws(StoreError) in
            var pairs: [String] = []
            try transaction.execute("SELECT name FROM item ORDER BY id") { outer throws(StoreError) in
                let name = outer.string(0)
                try transaction.execute("SELECT name FROM item ORDER BY id") { inner throws(StoreError) in
                    pairs.append(name + inner.string(0))
                    return true
                }
                return true
            }
            var first: [String] = []
            try transaction.execute("SELECT name FROM item ORDER BY id") { row throws(StoreError) in
                first.append(row.string(0))
                return false
            }
            return (pairs, first)
        }
        #expect(pairs == ["aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"])
        #expect(first == ["a"])
    }

    @Test("changes count rows of inserts, updates and deletes only")
    func countsChanges() throws {
        let fixture = try Fixture()
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            #expect(try transaction.execute("INSERT INTO item(name) VALUES('a'), ('b'), ('c')") == 3)
            #expect(try transaction.execute("UPDATE item SET amount = 1 WHERE name <> 'a'") == 2)
            #expect(try transaction.execute("SELECT * FROM item") == 0)
            #expect(try transaction.execute("CREATE TABLE other(id)") == 0)
            #expect(try transaction.execute("INSERT INTO item(name) VALUES('a') ON CONFLICT DO NOTHING") == 0)
            #expect(try transaction.execute("DELETE FROM item") == 3)
        }
    }

    @Test("a read sees one snapshot although others commit meanwhile")
    func snapshot() throws {
        let fixture = try Fixture()
        try fixture.insert("before")
        try fixture.database.read { transaction throws(StoreError) in
            var counts: [Int64] = []
            for name in ["during", "during as well"] {
                try transaction.execute("SELECT count(*) FROM item") { row throws(StoreError) in
                    counts.append(row.integer(0))
                    return true
                }
                try fixture.insert(name)
            }
            #expect(counts == [1, 1])
        }
        #expect(try fixture.names().count == 3)
    }

    @Test("a transaction that is over answers nothing")
    func transactionEnds() throws {
        let fixture = try Fixture()
        var kept: Transaction?
        try fixture.database.write { kept = $0 }
        let error = #expect(throws: StoreError.self) { try kept?.execute("SELECT 1 FROM item") }
        #expect(error?.code == .misuse)
    }

    @Test("prepared statements follow a change of the schema")
    func schemaChange() throws {
        let fixture = try Fixture()
        try fixture.insert("a")
        let columnCount = {
            try fixture.database.read { transaction throws(StoreError) in
                var count = 0
                try transaction.execute("SELECT * FROM item") { row throws(StoreError) in
                    count = row.columnCount
                    return true
                }
                return count
            }
        }
        #expect(try columnCount() == 3)
        try fixture.database.write(as: .migration) { transaction throws(StoreError) in
            try transaction.execute("ALTER TABLE item ADD COLUMN more TEXT")
        }
        #expect(try columnCount() == 4)
    }
}
