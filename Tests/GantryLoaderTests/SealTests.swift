import GantryLoader
import Glibc
import TestCommands
import Testing

@Suite("Sealed bundles")
struct SealTests {
    /// A bundle with every kind of file, and the seal of what it holds now.
    private struct Sealed {
        let fixture: Fixture
        let seal: BundleSeal
        var folder: String { fixture.folder.path }

        init() throws {
            fixture = try Fixture("Good")
            let manifest = TestFiles.text("\(fixture.folder.path)/module.yaml") ?? ""
            fixture.folder.write(manifest + "\nmigrations: migrations\n", to: "module.yaml")
            fixture.folder.write("openapi: 3.1.0\n", to: "openapi.yaml")
            fixture.folder.write("CREATE TABLE a (b INTEGER);", to: "migrations/0001_begin.sql")
            fixture.folder.write("CREATE TABLE c (d INTEGER);", to: "migrations/0002_more.sql")
            let folder = BundleFolder(fixture.folder.path)
            try folder.writeDigests(of: Bundle(folder: fixture.folder.path).manifest)
            try folder.writeSignature([0])
            seal = try BundleSeal(BundleSignature(folder: fixture.folder.path))
            try seal.checkFiles(in: fixture.folder.path)
        }

        /// Why the files are not those of the seal; nil when they are.
        func fault() -> LoaderError? {
            do { try seal.checkFiles(in: folder) } catch { return error as? LoaderError }
            return nil
        }

        var migrations: [(name: String, bytes: [UInt8])] {
            TestFiles.names(in: "\(folder)/migrations").map { ($0, TestFiles.read("\(folder)/migrations/\($0)") ?? []) }
        }
    }

    static let files = [
        "module.yaml", "openapi.yaml", "fixture.so", "migrations/0001_begin.sql", "migrations/0002_more.sql",
    ]

    @Test("are refused when a file was changed, by a byte at its end or by as many others", arguments: files)
    func refusesChanges(name: String) throws {
        let sealed = try Sealed()
        let bytes = try #require(TestFiles.read("\(sealed.folder)/\(name)"))
        var altered = bytes
        altered[bytes.count / 2] ^= 0x01
        for change in [bytes + [0x0A], Array(bytes.dropLast()), altered, []] {
            sealed.fixture.folder.write(change, to: name)
            let fault = try #require(sealed.fault())
            #expect(fault.code == .tampered && fault.message.contains(name))
        }
        sealed.fixture.folder.write(bytes, to: name)
        #expect(sealed.fault() == nil)
    }

    @Test("are refused when a file is missing, or is a link to the same content", arguments: files)
    func refusesGaps(name: String) throws {
        let sealed = try Sealed()
        let path = "\(sealed.folder)/\(name)"
        let elsewhere = TemporaryFolder()
        let copy = elsewhere.write(try #require(TestFiles.read(path)), to: "copy")
        unlink(path)
        #expect(sealed.fault()?.message.contains("`\(name)` was signed and is missing") == true)
        #expect(symlink(copy, path) == 0)
        #expect(sealed.fault()?.message.contains("`\(name)` is a link") == true)
    }

    @Test(
        "are refused with a file more",
        arguments: ["extra.so", "contract.json", "migrations/0003_evil.sql", ".hidden", "deep/er/file", "odd name"])
    func refusesExtras(name: String) throws {
        let sealed = try Sealed()
        sealed.fixture.folder.write("x", to: name)
        let fault = sealed.fault()
        #expect(fault?.code == .tampered && fault?.message.contains(name) == true)
    }

    @Test("are refused with a pipe, or with folders without end")
    func refusesStrangers() throws {
        let sealed = try Sealed()
        #expect(mkfifo("\(sealed.folder)/pipe", 0o600) == 0)
        #expect(sealed.fault()?.message.contains("`pipe` is a link or no file") == true)
        unlink("\(sealed.folder)/pipe")
        sealed.fixture.folder.write("x", to: "1/2/3/4/5/6/7/8/9/10")
        #expect(sealed.fault()?.code == .tampered)
    }

    // What was verified is what is used: each of these changes comes after the files were found good.

    @Test("load no library that was exchanged after the verification")
    func bindsLibraries() throws {
        let (sealed, other) = (try Sealed(), try Fixture("Good", flags: ["-DOTHER"]))
        let bundle = try Bundle(folder: sealed.folder, seal: sealed.seal)
        let loader = ModuleLoader(folder: "\(sealed.folder)-modules")
        defer { rmdir("\(sealed.folder)-modules") }
        #expect(throws: Never.self) { try ModuleLoader.inspect(bundle) }
        sealed.fixture.folder.write(other.library + [0], to: "fixture.so")
        for attempt in [{ try ModuleLoader.inspect(bundle) }, { _ = try loader.load(bundle) }] {
            let error = #expect(throws: LoaderError.self) { try attempt() }
            #expect(error?.code == .tampered)
        }
        #expect(!TestFiles.exists("\(sealed.folder)-modules"), "Nothing was made ready to be loaded.")
    }

    @Test("use no contract that was exchanged or slipped in after the verification")
    func bindsContracts() throws {
        let sealed = try Sealed()
        let bundle = try Bundle(folder: sealed.folder, seal: sealed.seal)
        _ = try bundle.contractJSON()
        sealed.fixture.folder.write("{}", to: "contract.json")
        #expect(throws: LoaderError.self) { try bundle.contractJSON() }
        unlink("\(sealed.folder)/contract.json")
        sealed.fixture.folder.write("{}", to: "openapi.yaml")
        #expect(throws: LoaderError.self) { try bundle.contractJSON() }
    }

    @Test("run no migration that was exchanged, added or taken away after the verification")
    func bindsMigrations() throws {
        let sealed = try Sealed()
        let bundle = try Bundle(folder: sealed.folder, seal: sealed.seal)
        func check() throws { try bundle.checkMigrations(sealed.migrations) { $0.hasSuffix(".sql") } }
        #expect(throws: Never.self) { try check() }
        let first = try #require(TestFiles.read("\(sealed.folder)/migrations/0001_begin.sql"))
        sealed.fixture.folder.write("DROP TABLE a;", to: "migrations/0001_begin.sql")
        #expect(throws: LoaderError.self) { try check() }
        sealed.fixture.folder.write(first, to: "migrations/0001_begin.sql")
        sealed.fixture.folder.write("DROP TABLE a;", to: "migrations/0003_drop.sql")
        #expect(throws: LoaderError.self) { try check() }
        unlink("\(sealed.folder)/migrations/0003_drop.sql")
        unlink("\(sealed.folder)/migrations/0002_more.sql")
        #expect(throws: LoaderError.self) { try check() }
    }

    @Test("have no manifest that was exchanged after the verification, nor that of another module")
    func bindsManifests() throws {
        let sealed = try Sealed()
        let manifest = try #require(TestFiles.text("\(sealed.folder)/module.yaml"))
        sealed.fixture.folder.write(manifest + "\n# more\n", to: "module.yaml")
        let error = #expect(throws: LoaderError.self) { try Bundle(folder: sealed.folder, seal: sealed.seal) }
        #expect(error?.code == .tampered)
        // A list that is right for every file, under another name: as if somebody had signed it by mistake.
        sealed.fixture.folder.write(manifest, to: "module.yaml")
        let list = sealed.seal.list
        for (id, version) in [("other", list.version), (list.id, "9.9.9")] {
            let text = try DigestList(id: id, version: version, files: list.files).text
            sealed.fixture.folder.write(text, to: "bundle.digests")
            let seal = try BundleSeal(BundleSignature(folder: sealed.folder))
            #expect(throws: LoaderError.self) { try Bundle(folder: sealed.folder, seal: seal) }
        }
    }

    @Test("are listed anew only when something has changed, and lose a signature over something else")
    func keepsSignatures() throws {
        let sealed = try Sealed()
        let manifest = try Bundle(folder: sealed.folder).manifest
        let folder = BundleFolder(sealed.folder)
        #expect(try folder.writeDigests(of: manifest) == sealed.seal.list)
        #expect(TestFiles.exists("\(sealed.folder)/bundle.p7s"))
        sealed.fixture.folder.write("CREATE TABLE e (f INTEGER);", to: "migrations/0002_more.sql")
        #expect(try folder.writeDigests(of: manifest) != sealed.seal.list)
        #expect(!TestFiles.exists("\(sealed.folder)/bundle.p7s"))
        let error = #expect(throws: LoaderError.self) { try BundleSignature(folder: sealed.folder) }
        #expect(error?.code == .unsigned)
    }
}
