import GantryStore
import GantryThreads
import Testing

/// The three ways in which a neighbour's released savepoint could be lost. Here they are set up with the host's
/// privilege, past the checks that keep modules from them.
@Suite("Traps of group commit")
struct TrapTests {
    /// Writes before, in and after the trap as one group; gives who failed.
    private func group(
        _ fixture: Fixture,
        trap: @escaping @Sendable (Transaction) throws(StoreError) -> Void
    ) -> [Int: StoreError?] {
        let barrier = WriterBarrier(fixture.database)
        let outcomes = Outcomes()
        for number in 0..<3 {
            fixture.database.submitWrite(as: .host) { transaction throws(StoreError) in
                if number == 1 { try trap(transaction) } else { try Fixture.insert("item \(number)", in: transaction) }
            } completion: {
                outcomes.note(number, $0)
            }
        }
        barrier.release()
        return outcomes.wait(for: 3)
    }

    @Test("OR ROLLBACK ends the group's transaction: the neighbours run again and are there")
    func conflictClause() throws {
        let fixture = try Fixture()
        try fixture.insert("taken")
        let results = group(fixture) { transaction throws(StoreError) in
            try transaction.execute("INSERT OR ROLLBACK INTO item(name) VALUES('taken')")
        }
        #expect(results[0] == .some(nil) && results[2] == .some(nil))
        #expect(results[1]??.code == .conflict)
        #expect(try fixture.names() == ["taken", "item 0", "item 2"])
        #expect(fixture.database.statistics.brokenGroupCount == 1)
    }

    @Test("RAISE(ROLLBACK) in a trigger, swallowed by its body, loses nobody's row")
    func raiseRollback() throws {
        let fixture = try Fixture()
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                """
                CREATE TRIGGER refuse BEFORE INSERT ON item WHEN new.name = 'bad'
                BEGIN SELECT RAISE(ROLLBACK, 'refused'); END
                """
            )
        }
        let results = group(fixture) { transaction throws(StoreError) in
            do throws(StoreError) { try Fixture.insert("bad", in: transaction) } catch { return }
        }
        #expect(results[0] == .some(nil) && results[2] == .some(nil))
        #expect(results[1]??.code == .conflict)
        #expect(try fixture.names() == ["item 0", "item 2"])
    }

    @Test("a deferred foreign key is looked at before its savepoint is released")
    func deferredForeignKey() throws {
        let fixture = try Fixture()
        try fixture.database.write(as: .host) { transaction throws(StoreError) in
            try transaction.execute(
                "CREATE TABLE part(item INTEGER REFERENCES item(id) DEFERRABLE INITIALLY DEFERRED)"
            )
        }
        let results = group(fixture) { transaction throws(StoreError) in
            try transaction.execute("INSERT INTO part(item) VALUES(12345)")
        }
        #expect(results[0] == .some(nil) && results[2] == .some(nil))
        #expect(results[1]??.code == .conflict)
        #expect(try fixture.names() == ["item 0", "item 2"])
        // The group itself held: only the one savepoint was undone.
        #expect(fixture.database.statistics.brokenGroupCount == 0)
    }

    @Test("a deadline interrupts a long read, and the connection reads on afterwards")
    func deadlineInterruptsReads() throws {
        let fixture = try Fixture { $0.maximumReaders = 1 }
        try fixture.insert("there")
        let error = #expect(throws: StoreError.self) {
            try fixture.database.read(deadline: .after(.milliseconds(5))) { transaction throws(StoreError) in
                // Without an interrupt this would count for minutes.
                try transaction.execute(
                    """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000)
                    SELECT count(*) FROM n
                    """
                )
            }
        }
        #expect(error?.code == .cancelled)
        #expect(try fixture.names() == ["there"])
    }

    @Test("a deadline does not interrupt a write that has started")
    func deadlineSparesWrites() throws {
        let fixture = try Fixture()
        let deadline = Deadline.after(.milliseconds(200))
        try fixture.database.write(deadline: deadline) { transaction throws(StoreError) in
            while !deadline.hasPassed {}
            try Fixture.insert("late but whole", in: transaction)
        }
        #expect(try fixture.names() == ["late but whole"])
    }
}
