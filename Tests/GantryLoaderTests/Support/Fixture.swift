import GantryLoader
import Glibc
import TestCommands
import Testing

/// A module of `Tests/Fixtures`, compiled into a bundle of its own.
struct Fixture {
    /// The C compiler of this machine; nil when there is none.
    static let compiler = Command.first(of: ["cc", "gcc", "clang"])
    static let whyWithout: Comment = "No C compiler (cc, gcc or clang) is installed, so no fixture can be built."

    static let repository = TestFiles.repository()
    /// Flags for every fixture, from outside: `make sanitize` has what is undefined in C end the process.
    private static let sanitizerFlags = getenv("GANTRY_FIXTURE_FLAGS").map { String(cString: $0) } ?? ""

    /// Where the bundle stands; it is gone with this value.
    let folder = TemporaryFolder()
    let bundle: Bundle

    /// What could not be compiled.
    struct CompilerFailure: Error { var output: String }

    /// Compiles the fixture `fault`; `flags` go to the compiler, `showsAll` leaves the kit's version script away.
    init(_ fault: String, flags: [String] = [], showsAll: Bool = false) throws {
        let source = "\(Self.repository)/Tests/Fixtures/\(fault)"
        for name in ["module.yaml", "openapi.yaml"] {
            if let bytes = TestFiles.read("\(source)/\(name)") ?? TestFiles.read("\(source)/../\(name)") {
                folder.write(bytes, to: name)
            }
        }
        let interface = "\(Self.repository)/PluginAPI/C"
        let script = showsAll ? [] : ["-Wl,--version-script=\(interface)/gantry.map"]
        let outcome = Command.run(
            [try #require(Self.compiler), "-std=c11", "-O1", "-g0", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
                + ["-fvisibility=hidden", "-pthread", "-I\(interface)/include", "-o", "\(folder.path)/fixture.so"]
                + script + ["\(source)/fault.c"] + flags + Self.sanitizerFlags.split(separator: " ").map(String.init))
        guard outcome.succeeded else { throw CompilerFailure(output: outcome.output) }
        bundle = try Bundle(folder: folder.path)
    }

    /// The Swift compiler that built this test, and the C compiler of its toolchain; nil when they are not to be found.
    static let swiftCompiler = Command.first(of: ["swiftc"])
    static let toolchainCompiler = Command.first(of: ["clang"])

    /// Compiles a fixture whose folder also holds `shapes.swift`, on the runtime class that is named as in the headers.
    init(swift fault: String, runtime: String, defines: [String] = [], linking: [String] = []) throws {
        let source = "\(Self.repository)/Tests/Fixtures/\(fault)"
        let interface = "\(Self.repository)/PluginAPI/C"
        folder.write(TestFiles.read("\(source)/../module.yaml") ?? [], to: "module.yaml")
        folder.write(TestFiles.read("\(source)/../openapi.yaml") ?? [], to: "openapi.yaml")
        try Self.compile(
            [try #require(Self.toolchainCompiler), "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC"]
                + ["-fvisibility=hidden", "-I\(interface)/include", "-DFIXTURE_RUNTIME=\(runtime)", "-c"]
                + ["-o", "\(folder.path)/fault.o", "\(source)/fault.c"])
        try Self.compile(
            [try #require(Self.swiftCompiler), "-O", "-parse-as-library", "-module-name", "Shapes\(folder.suffix)"]
                + ["-I", source] + defines.flatMap { ["-D\($0)", "-Xcc", "-D\($0)"] }
                + ["-emit-library", "-use-ld=lld", "-no-toolchain-stdlib-rpath"] + linking
                + ["-Xlinker", "--version-script=\(interface)/gantry.map", "-o", "\(folder.path)/fixture.so"]
                + ["\(source)/shapes.swift", "\(folder.path)/fault.o"])
        bundle = try Bundle(folder: folder.path)
    }

    static func compile(_ command: [String]) throws {
        let outcome = Command.run(command)
        guard outcome.succeeded else { throw CompilerFailure(output: outcome.output) }
    }

    /// A bundle with the manifest, and a library that `build` makes as `fixture.so` in the folder that it is given.
    init(manifest: String, _ build: (_ folder: String) throws -> Void) throws {
        folder.write(try #require(TestFiles.read(manifest)), to: "module.yaml")
        try build(folder.path)
        bundle = try Bundle(folder: folder.path)
    }

    /// The library's bytes.
    var library: [UInt8] { TestFiles.read(bundle.libraryPath) ?? [] }
}

extension TemporaryFolder {
    /// Letters that no other folder's name ends with, fit for the name of a module.
    fileprivate var suffix: String { String(path.suffix(6)) }
}
