import GantryJSON
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("The administration of a folder that no host uses")
struct AdministrationTests {
    private let temporary = TemporaryFolder()

    private func perform(_ command: String, _ arguments: [String: String] = [:]) throws -> JSONDocument {
        let answer = try Administrator.perform(command, arguments, dataFolder: temporary.path)
        return try JSONDocument(Array(answer.utf8))
    }

    @Test("what one command makes the next one sees")
    func tenants() throws {
        _ = try perform("tenant.create", ["tenant": "harbor", "name": "Harbor"])
        let ids = try perform("tenant.list").withRoot { $0["items"]?.elements.compactMap { $0["id"]?.string } }
        #expect(ids == ["harbor"])
        let key = try perform("key.create", ["tenant": "harbor", "name": "k"]).withRoot { $0["key"]?.string }
        #expect(key?.hasPrefix("cak_") == true)
        let listed = try perform("key.list", ["tenant": "harbor"]).withRoot { $0["items"]?.count }
        #expect(listed == 1)
    }

    @Test(
        "mistakes are answered with what is wrong",
        arguments: [
            ("tenant.create", ["tenant": "bad id"], "invalid", "bad id"),
            ("tenant.create", [:], "invalid", "tenant"),
            ("tenant.show", ["tenant": "nobody"], "not_found", "nobody"),
            ("module.enable", ["tenant": "harbor", "module": "none"], "not_found", "none"),
            ("module.disable", ["tenant": "harbor", "module": "none"], "not_found", "none"),
            ("key.revoke", ["tenant": "harbor", "id": "0"], "not_found", "0"),
            ("token.issue", ["tenant": "harbor", "user": "u", "role": "king"], "invalid", "king"),
            ("token.issue", ["tenant": "harbor", "user": "u", "seconds": "0"], "invalid", "second"),
            ("no.such", [:], "not_found", "no.such"),
        ] as [(String, [String: String], String, String)])
    func mistakes(command: String, arguments: [String: String], code: String, word: String) throws {
        _ = try? perform("tenant.create", ["tenant": "harbor"])
        let error = #expect(throws: AdministrationError.self) { try perform(command, arguments) }
        #expect(error?.code == code && error?.message.contains(word) == true)
    }

    @Test("a key of another tenant cannot be revoked or seen")
    func foreignKeys() throws {
        for id in ["a", "b"] { _ = try perform("tenant.create", ["tenant": id]) }
        let id = try perform("key.create", ["tenant": "a"]).withRoot { $0["id"]?.string ?? "" }
        let error = #expect(throws: AdministrationError.self) {
            try perform("key.revoke", ["tenant": "b", "id": id])
        }
        #expect(error?.code == "not_found")
        #expect(try perform("key.list", ["tenant": "b"]).withRoot { $0["items"]?.count } == 0)
    }
}
