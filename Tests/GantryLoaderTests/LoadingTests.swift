import Dispatch
import GantryCore
import GantryLoader
import GantryThreads
import Glibc
import TestCommands
import Testing

@Suite("Loading", .enabled(if: Fixture.compiler != nil, Fixture.whyWithout))
struct LoadingTests {
    @Test("the bytes that were inspected are the bytes that are loaded, whatever the file holds later")
    func loadsVerifiedBytes() throws {
        let fixture = try Fixture("Good")
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded")
        let first = try loader.load(fixture.bundle)
        let copies = TestFiles.names(in: "\(folder.path)/loaded")
        let good = fixture.library
        // Overwriting a mapped file would change the running code; the loaded copy must not be this file.
        fixture.folder.write([UInt8](repeating: 0, count: good.count), to: "fixture.so")
        #expect(copies.count == 1)
        #expect(copies.first.flatMap { TestFiles.read("\(folder.path)/loaded/\($0)") } == good)
        expectRefusal(.notELF, "does not begin") { _ = try loader.load(fixture.bundle) }
        #expect(first.manifest.id == "good")
        let ports = InstancePorts(
            database: nil, publishesEvents: false, queuesJobs: false, log: FakeLog(), threads: .shared)
        let instance = try ModuleInstance(
            module: first, tenant: "north", ports: ports, configuration: "{}", deadlineNanoseconds: 0)
        try instance.start(deadlineNanoseconds: 0)
        try instance.stop(deadlineNanoseconds: 0)
    }

    @Test("a file that is exchanged between inspection and loading is inspected again, however often")
    func inspectsWhatItLoads() throws {
        let good = try Fixture("Good")
        let bad = try Fixture("WrongInterface").library
        let bytes = good.library
        let folder = TemporaryFolder()
        let isOver = Lock(false)
        let exchanger = DispatchQueue(label: "exchanger")
        exchanger.async {
            while !isOver.withLock({ $0 }) {
                for content in [bad, bytes] {
                    good.folder.write(content, to: "other.so")
                    rename("\(good.folder.path)/other.so", good.bundle.libraryPath)
                }
            }
        }
        var loadedCount = 0
        for number in 0..<100 {
            let loader = ModuleLoader(folder: "\(folder.path)/\(number)")
            do {
                try ModuleLoader.inspect(good.bundle)
                _ = try loader.load(good.bundle)
                loadedCount += 1
            } catch let error as LoaderError {
                #expect(error.code == .contradiction || error.code == .wrongInterface, "\(error)")
            }
            for name in TestFiles.names(in: "\(folder.path)/\(number)") {
                #expect(TestFiles.read("\(folder.path)/\(number)/\(name)") == bytes, "Only what was good was copied.")
            }
        }
        isOver.withLock { $0 = true }
        exchanger.sync {}
        #expect(loadedCount > 0)
    }

    @Test("a private copy that is overwritten after it was loaded changes nothing for who loads it again")
    func survivesOverwrittenCopy() throws {
        let fixture = try Fixture("Good")
        let folder = TemporaryFolder()
        let first = try ModuleLoader(folder: "\(folder.path)/loaded").load(fixture.bundle)
        let name = try #require(TestFiles.names(in: "\(folder.path)/loaded").first)
        // Another file under its name, as an attacker or a broken disk would leave it; the mapped one is not touched.
        folder.write("garbage", to: "garbage")
        rename("\(folder.path)/garbage", "\(folder.path)/loaded/\(name)")
        let second = try ModuleLoader(folder: "\(folder.path)/loaded").load(fixture.bundle)
        #expect(TestFiles.read("\(folder.path)/loaded/\(name)") == fixture.library)
        #expect(first.manifest.id == second.manifest.id)
    }

    @Test("a private copy that was tampered with is replaced before it is loaded")
    func replacesTamperedCopy() throws {
        let fixture = try Fixture("Good")
        let folder = TemporaryFolder()
        _ = try ModuleLoader(folder: "\(folder.path)/a").load(fixture.bundle)
        let name = try #require(TestFiles.names(in: "\(folder.path)/a").first)
        _ = Command.run(["mkdir", "\(folder.path)/b"])
        folder.write("not the library", to: "b/\(name)")
        _ = try ModuleLoader(folder: "\(folder.path)/b").load(fixture.bundle)
        #expect(TestFiles.read("\(folder.path)/b/\(name)") == fixture.library)
    }

    @Test("a build is mapped once, and judged anew under each manifest")
    func sharesBuild() throws {
        let fixture = try Fixture("Good")
        let folder = TemporaryFolder()
        let loader = ModuleLoader(folder: "\(folder.path)/loaded")
        let first = try loader.load(fixture.bundle)
        let text = try #require(TestFiles.text("\(fixture.folder.path)/module.yaml"))
        fixture.folder.write(text + "\nbody: 77\n", to: "module.yaml")
        let second = try loader.load(Bundle(folder: fixture.folder.path))
        #expect(first.manifest.routes.first?.maximumBodyBytes == Manifest.defaultMaximumBodyBytes)
        #expect(second.manifest.routes.first?.maximumBodyBytes == 77)
        #expect(TestFiles.names(in: "\(folder.path)/loaded").count == 1)
        fixture.folder.write(text.replacingID("other"), to: "module.yaml")
        let third = try Bundle(folder: fixture.folder.path)
        #expect(throws: LoaderError.self) { _ = try loader.load(third) }
    }

    @Test("a folder that cannot be written is an error, not an end")
    func reportsUnwritableFolder() throws {
        let fixture = try Fixture("Good")
        let folder = TemporaryFolder()
        folder.write("a file", to: "file")
        expectRefusal(.unreadable, "private copy cannot be written") {
            _ = try ModuleLoader(folder: "\(folder.path)/file/loaded").load(fixture.bundle)
        }
    }
}

@Suite("Bundles")
struct BundleTests {
    private static let manifest = """
        id: small
        version: 1.0.0
        interface: {minimum: 1, maximum: 1}
        library: libsmall.so
        contract: openapi.yaml
        routes: [{operation: get, method: GET, path: /x, execution: blocking, role: user}]
        """

    @Test("tells its paths")
    func tellsPaths() throws {
        let folder = TemporaryFolder()
        folder.write(Self.manifest, to: "module.yaml")
        let bundle = try Bundle(folder: folder.path)
        #expect(bundle.libraryPath == "\(folder.path)/libsmall.so")
        #expect(bundle.contractPath == "\(folder.path)/openapi.yaml")
        #expect(bundle.migrationsPath == nil)
    }

    @Test("the compiled contract comes first, the YAML serves where there is none")
    func readsContract() throws {
        let folder = TemporaryFolder()
        folder.write(Self.manifest, to: "module.yaml")
        let bundle = try Bundle(folder: folder.path)
        #expect(throws: LoaderError.self) { try bundle.contractJSON() }
        folder.write("a: [1]", to: "openapi.yaml")
        #expect(try bundle.contractJSON() == Array(#"{"a":[1]}"#.utf8))
        folder.write("{}", to: "contract.json")
        #expect(try bundle.contractJSON() == Array("{}".utf8))
    }

    @Test("a folder without manifest, and one with a broken manifest, are told apart")
    func refusesOthers() throws {
        let folder = TemporaryFolder()
        do {
            _ = try Bundle(folder: folder.path)
            Issue.record("An empty folder was taken for a bundle.")
        } catch let error as LoaderError {
            #expect(error.code == .notFound && error.message.contains("module.yaml: No such file"))
        }
        folder.write([0x69, 0xff], to: "module.yaml")
        #expect(throws: ConfigurationError.self) { _ = try Bundle(folder: folder.path) }
    }

    @Test("are found directly below a folder, in the order of their names")
    func findsBundles() {
        let folder = TemporaryFolder()
        for name in ["two", "one", "empty", "one/deeper", ".hidden"] {
            _ = Command.run(["mkdir", "-p", "\(folder.path)/\(name)"])
        }
        for name in ["two", "one", "one/deeper", ".hidden"] { folder.write(Self.manifest, to: "\(name)/module.yaml") }
        #expect(Bundle.folders(in: folder.path) == ["\(folder.path)/one", "\(folder.path)/two"])
        #expect(Bundle.folders(in: "\(folder.path)/nowhere").isEmpty)
    }
}

extension String {
    fileprivate func replacingID(_ id: String) -> String { "id: \(id)" + drop { $0 != "\n" } }
}
