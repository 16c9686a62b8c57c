import GantryCryptography
import GantryStore
import GantryThreads
import TestCommands
import Testing

@testable import GantryRuntime

@Suite("Secrets")
struct SecretVaultTests {
    private let temporary = TemporaryFolder()
    private let folder: DataFolder
    private let directory: HostDirectory

    init() throws {
        folder = try DataFolder(path: "\(temporary.path)/data")
        directory = try HostDirectory(
            database: Database(path: folder.hostDatabasePath, pool: ThreadPool(name: "store", threadCount: 1)))
        for tenant in ["north", "south"] { _ = try directory.insertTenant(id: tenant, name: "", atMilliseconds: 0) }
    }

    private func vault(_ keyFile: String? = nil) throws -> SecretVault {
        try SecretVault(directory: directory, folder: folder, keyFile: keyFile)
    }

    @Test("A secret is kept for its module and tenant, replaced at once, and gone when unset")
    func values() throws {
        let vault = try vault()
        #expect(try vault.value("k", tenant: "north", module: "m") == nil)
        try vault.set("k", "first", tenant: "north", module: "m", atMilliseconds: 1)
        #expect(try vault.value("k", tenant: "north", module: "m") == "first")
        #expect(try vault.value("k", tenant: "south", module: "m") == nil)
        #expect(try vault.value("k", tenant: "north", module: "n") == nil)
        try vault.set("k", "second", tenant: "north", module: "m", atMilliseconds: 2)
        #expect(try vault.value("k", tenant: "north", module: "m") == "second")
        #expect(try self.vault().value("k", tenant: "north", module: "m") == "second")
        #expect(try directory.secretTimes(tenant: "north", module: "m") == ["k": 2])
        #expect(try vault.unset("k", tenant: "north", module: "m"))
        #expect(try !vault.unset("k", tenant: "north", module: "m"))
        #expect(try vault.value("k", tenant: "north", module: "m") == nil)
    }

    @Test("The file holds no secret in readable form, and one that is put in another's place is not opened")
    func sealed() throws {
        let vault = try vault()
        try vault.set("k", "very secret", tenant: "north", module: "m", atMilliseconds: 1)
        let sealed = try #require(try directory.secrets(tenant: "north", module: "m").first?.sealed)
        #expect(!String(decoding: sealed, as: UTF8.self).contains("secret"))
        try directory.setSecret("k", sealed, tenant: "south", module: "m", atMilliseconds: 1)
        #expect(throws: HostError.self) { try vault.value("k", tenant: "south", module: "m") }
    }

    @Test("A key that is missing, changed or readable by others is named; the rest goes on")
    func keys() throws {
        let path = "\(folder.path)/secret.key"
        try vault().set("k", "value", tenant: "north", module: "m", atMilliseconds: 1)
        let key = try #require(TestFiles.read(path))
        #expect(key.count == 32)
        #expect(Command.run(["chmod", "644", path]).succeeded)
        try expectNoKey("chmod 600")
        #expect(Command.run(["chmod", "600", path]).succeeded)
        TestFiles.write([UInt8](repeating: 1, count: 32), to: path)
        try expectNoKey("not the one")
        TestFiles.write([1, 2, 3], to: path)
        try expectNoKey("32 bytes")
        #expect(Command.run(["rm", path]).succeeded)
        try expectNoKey("missing")
        #expect(try vault().unset("k", tenant: "north", module: "m"), "It can be removed without the key.")
        try vault().set("k", "anew", tenant: "north", module: "m", atMilliseconds: 1)
        #expect(try vault().value("k", tenant: "north", module: "m") == "anew")
    }

    @Test("The key may lie elsewhere, and is found there again")
    func elsewhere() throws {
        let path = "\(temporary.path)/elsewhere.key"
        try vault(path).set("k", "value", tenant: "north", module: "m", atMilliseconds: 1)
        #expect(TestFiles.exists(path) && !TestFiles.exists("\(folder.path)/secret.key"))
        #expect(try vault().value("k", tenant: "north", module: "m") == "value")
    }

    private func expectNoKey(_ words: String) throws {
        let vault = try vault()
        do {
            _ = try vault.value("k", tenant: "north", module: "m")
            Issue.record("The key was taken.")
        } catch let error as HostError { #expect(error.message.contains(words), "\(error.message)") }
    }
}
