import GantryLoader
import TestCommands
import Testing

/// A module of `Tests/Fixtures`, compiled into a bundle of its own.
struct Fixture {
    /// The C compiler of this machine; nil when there is none.
    static let compiler = Command.first(of: ["cc", "gcc", "clang"])
    static let whyWithout: Comment = "No C compiler (cc, gcc or clang) is installed, so no fixture can be built."

    private static let repository = TestFiles.repository()

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
                + script + ["\(source)/fault.c"] + flags)
        guard outcome.succeeded else { throw CompilerFailure(output: outcome.output) }
        bundle = try Bundle(folder: folder.path)
    }

    /// The library's bytes.
    var library: [UInt8] { TestFiles.read(bundle.libraryPath) ?? [] }
}
