import GantryIdentity
import GantryJSON
import GantryStore
import GantryThreads
import Glibc
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("The audit log of a data folder")
struct AuditLogTests {
    private let temporary = TemporaryFolder()
    private var folder: String { temporary.path }

    @discardableResult
    private func perform(_ command: String, _ arguments: [String: String] = [:]) throws -> JSONDocument {
        try JSONDocument(Array(Administrator.perform(command, arguments, dataFolder: folder).utf8))
    }

    /// Actions with targets and outcomes of a chain.
    private func acts(_ tenant: String? = nil) throws -> [String] {
        var arguments = ["limit": "1000"]
        arguments["tenant"] = tenant
        return try perform("audit.list", arguments).withRoot { root in
            root["items"]?.elements.map { item in
                ["action", "target", "outcome"].map { item[$0]?.string ?? "" }.joined(separator: " ")
            } ?? []
        }
    }

    private func findings(_ tenant: String? = nil) throws -> [String] {
        try perform("audit.verify", tenant.map { ["tenant": $0] } ?? [:]).withRoot { root in
            #expect(root["intact"]?.bool == (root["finding_count"]?.int64 == 0))
            return root["findings"]?.elements.map { finding in
                "\(finding["chain"]?.string ?? "") \(finding["kind"]?.string ?? "") \(finding["sequence"]?.int64 ?? 0)"
            } ?? []
        }
    }

    /// Does with the database what nobody may.
    private func tamper(_ statements: StaticString...) throws {
        let pool = ThreadPool(name: "tamper", threadCount: 2)
        let database = Database(path: "\(folder)/host.db", pool: pool)
        defer {
            database.close()
            pool.stop()
        }
        try database.write(as: .host) { transaction throws(StoreError) in
            for statement in statements { try transaction.execute(statement) }
        }
    }

    private func prepare() throws {
        for tenant in ["harbor", "quay"] {
            try perform("tenant.create", ["tenant": tenant])
            for name in ["a", "b", "c"] { try perform("key.create", ["tenant": tenant, "name": name]) }
        }
    }

    @Test("each act is told of in its tenant's chain, and reading is not")
    func acts() throws {
        try prepare()
        let key = try perform("key.create", ["tenant": "harbor", "name": "late"]).withRoot { $0["id"]?.string ?? "" }
        try perform("key.revoke", ["tenant": "harbor", "id": key])
        try perform("key.list", ["tenant": "harbor"])
        try perform("member.add", ["tenant": "harbor", "user": "usr_1", "role": "admin"])
        #expect(throws: AdministrationError.self) { try perform("tenant.create", ["tenant": "harbor"]) }
        #expect(throws: AdministrationError.self) { try perform("key.revoke", ["tenant": "nobody", "id": "k"]) }
        let harbor = try acts("harbor")
        #expect(harbor.first == "tenant.create harbor done")
        #expect(harbor.filter { $0.hasPrefix("key.create key_") || $0.hasPrefix("key.create") }.count == 4)
        #expect(
            harbor.suffix(3) == [
                "key.revoke \(key) done", "member.add usr_1 done", "tenant.create harbor failed",
            ])
        #expect(try acts("quay").count == 4)
        #expect(try acts() == ["audit.begin harbor done", "audit.begin quay done", "key.revoke k failed"])
        #expect(try findings().isEmpty)
    }

    @Test("who did it is the user of the process")
    func actor() throws {
        try prepare()
        let actors = try perform("audit.list", ["tenant": "harbor"]).withRoot { root in
            Set(root["items"]?.elements.map { $0["actor"]?.string ?? "" } ?? [])
        }
        #expect(actors.count == 1 && actors.first?.hasPrefix("operator:") == true)
    }

    @Test("no secret, no key and no configuration stands in an entry or anywhere in the file")
    func secrets() throws {
        try prepare()
        let key = try perform("key.create", ["tenant": "harbor", "name": "s"]).withRoot { $0["key"]?.string ?? "" }
        _ = try? perform(
            "secret.set", ["tenant": "harbor", "module": "none", "name": "k", "value": "hidden-value-1234567890"])
        _ = try? perform(
            "module.enable", ["tenant": "harbor", "module": "none", "configuration": #"{"password":"hidden-word"}"#])
        let text = try perform("audit.list", ["tenant": "harbor"]).withRoot {
            String(decoding: $0.jsonBytes, as: UTF8.self)
        }
        #expect(text.contains("secret.set") && text.contains("module.enable"))
        for hidden in [key, "hidden-value", "hidden-word"] { #expect(!hidden.isEmpty && !text.contains(hidden)) }
    }

    @Test("what is altered, deleted, put in, truncated or put into another chain is found, and where")
    func tampering() throws {
        try prepare()
        #expect(try findings().isEmpty)
        try tamper("UPDATE audit_entry SET actor = 'operator:77777' WHERE chain = 'harbor' AND sequence = 2")
        #expect(try findings() == ["harbor altered 2"])
        #expect(try findings("quay").isEmpty)
        try tamper("DELETE FROM audit_entry WHERE chain = 'quay' AND sequence = 4")
        #expect(try findings("quay").contains("quay truncated 4"))
        try tamper("DELETE FROM audit_entry WHERE chain = 'quay' AND sequence = 1")
        #expect(try findings("quay").contains("quay deleted 1"))
        try tamper(
            """
            INSERT INTO audit_entry SELECT 'quay', 9, time, actor, action, target, outcome, details, previous, hash
            FROM audit_entry WHERE chain = 'harbor' AND sequence = 3
            """)
        #expect(try findings("quay").contains("quay altered 9"))
    }

    @Test("an end that was cut off with its head, or a chain that is gone, is told of by the other place")
    func truncation() throws {
        try prepare()
        try tamper(
            "DELETE FROM audit_entry WHERE chain = 'harbor' AND sequence > 2",
            "DELETE FROM audit_head WHERE chain = 'harbor'",
            """
            INSERT INTO audit_head SELECT chain, sequence, hash, 0, x'00', x'00' FROM audit_entry
            WHERE chain = 'harbor' AND sequence = 2
            """)
        #expect(try findings("harbor").contains("harbor unsealed 2"))
        #expect(try findings("harbor").contains("harbor truncated 3"))
        try tamper(
            "DELETE FROM audit_entry WHERE chain = 'quay'", "DELETE FROM audit_head WHERE chain = 'quay'")
        #expect(try findings().contains("quay truncated 1"))
        #expect(TestFiles.exists("\(folder)/audit/quay.head"))
        unlink("\(folder)/audit/quay.head")
        #expect(try findings().contains("quay deleted 1"), "The deployment's chain tells that there was one.")
    }

    @Test("a database that is put back to an earlier state is found, also after it has gone on")
    func rollback() throws {
        try perform("tenant.create", ["tenant": "harbor"])
        try perform("key.create", ["tenant": "harbor"])
        let names = ["host.db", "host.db-wal", "host.db-shm"]
        let kept = names.map { ($0, TestFiles.read("\(folder)/\($0)")) }
        for _ in 0..<3 { try perform("key.create", ["tenant": "harbor"]) }
        #expect(try findings().isEmpty)
        for (name, bytes) in kept {
            unlink("\(folder)/\(name)")
            if let bytes { temporary.write(bytes, to: name) }
        }
        #expect(try findings() == ["harbor truncated 3"])
        for _ in 0..<6 { try perform("key.create", ["tenant": "harbor"]) }
        #expect(try findings() == ["harbor replaced 5"], "The note of the former end is left as it is.")
    }

    @Test("an archived chain goes on, and export and rest are verified by themselves")
    func archive() throws {
        try prepare()
        let export = temporary.write([], to: "harbor.jsonl")
        var lines: [String] = []
        try AuditFile.export(tenant: "harbor") { arguments in
            try Administrator.perform("audit.list", arguments, dataFolder: folder)
        } emit: {
            lines.append($0)
        }
        #expect(lines.count == 5)
        temporary.write(Array(lines.joined(separator: "\n").utf8), to: "harbor.jsonl")
        let keyFile = "\(folder)/secret.key"
        #expect(try verified(export, keyFile).isEmpty)
        try perform("audit.archive", ["tenant": "harbor", "id": "3"])
        #expect(try acts("harbor").map { $0.prefix(10) } == ["key.create", "audit.arch"])
        #expect(try findings().isEmpty)
        lines[2] = lines[2].replacing("operator:", with: "operator:7")
        temporary.write(Array(lines.joined(separator: "\n").utf8), to: "harbor.jsonl")
        #expect(try verified(export, keyFile) == ["altered 2"])
        temporary.write(Array(lines.dropLast(2).joined(separator: "\n").utf8), to: "harbor.jsonl")
        #expect(try verified(export, nil) == ["altered 2", "truncated 3"])
    }

    private func verified(_ path: String, _ keyFile: String?) throws -> [String] {
        try JSONDocument(Array(AuditFile.verify(path, keyFile: keyFile).utf8)).withRoot { root in
            root["findings"]?.elements.map { "\($0["kind"]?.string ?? "") \($0["sequence"]?.int64 ?? 0)" } ?? []
        }
    }

    @Test("acts of many threads make one chain each, without a gap")
    func concurrency() throws {
        let pool = ThreadPool(name: "store", threadCount: 4)
        let directory = try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
        let threads = ThreadPool(name: "acts", threadCount: 8)
        let left = Monitor(8)
        for thread in 0..<8 {
            _ = threads.submit {
                for number in 0..<25 {
                    let tenant = number % 2 == 0 ? "a" : "b"
                    try? directory.audit.record(
                        AuditAct(tenant: tenant, actor: .module("m\(thread)"), action: "x", target: "\(number)"))
                }
                left.withLock { $0 -= 1 }
                left.broadcast()
            }
        }
        #expect(left.wait(until: .after(.seconds(60))) { $0 == 0 ? true : nil } == true)
        for chain in ["a", "b", ""] {
            let verifier = try directory.audit.verify(chain)
            #expect(verifier.findings.isEmpty, "\(chain)")
            #expect(verifier.entryCount == ["a": 104, "b": 96, "": 2][chain])
        }
        threads.stop()
        directory.close()
        pool.stop()
    }

    @Test("a change that fails leaves no entry, and its entry goes with it alone")
    func together() throws {
        let pool = ThreadPool(name: "store", threadCount: 2)
        let directory = try HostDirectory(database: Database(path: "\(temporary.path)/host.db", pool: pool))
        let act = AuditAct(tenant: nil, actor: .host, action: "try")
        struct Stop: Error {}
        try PendingAct.run(act) { _ in
            #expect(throws: StoreError.self) {
                try directory.audit.change { _ throws(StoreError) -> Void in throw StoreError(.conflict, "no") }
            }
            #expect(try directory.audit.verify("").entryCount == 0)
            _ = try directory.insertTenant(id: "a", name: "a", atMilliseconds: 0)
            _ = try directory.insertTenant(id: "b", name: "b", atMilliseconds: 0)
        }
        #expect(try directory.audit.verify("").entryCount == 1, "One act, one entry.")
        directory.close()
        pool.stop()
    }
}
