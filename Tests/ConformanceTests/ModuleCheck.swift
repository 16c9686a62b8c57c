import TestCommands
import Testing

/// Compiles modules, and runs the authors' checker on them.
enum ModuleCheck {
    static let root = TestFiles.repository()
    static let compiler = Command.first(of: ["cc", "gcc", "clang"])
    static let hasAllLanguages = ["gcc", "g++", "rustc", "python3"].allSatisfy { Command.first(of: [$0]) != nil }
    static let whyWithout: Comment = "No C compiler (cc, gcc or clang) is installed."

    /// Runs the checker with the seed 1.
    static func run(_ bundle: String, library: String, only: String? = nil, words: [String] = []) -> Command.Outcome {
        Command.run(
            [TestFiles.builtProgram("gantry-check"), bundle, "--library", library, "--reproduce", "1"]
                + (only.map { ["--only", $0] } ?? []) + words)
    }

    /// Compiles a module in C as its authors are told to.
    static func compile(
        _ source: String, flags: [String] = [], showsAll: Bool = false, into folder: TemporaryFolder
    ) throws -> String {
        let library = "\(folder.path)/module.so"
        let script = showsAll ? [] : ["-Wl,--version-script=\(root)/PluginAPI/C/gantry.map"]
        let outcome = Command.run(
            [try #require(compiler), "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread"]
                + ["-I\(root)/PluginAPI/C/include"] + script + ["-o", library, source] + flags)
        try #require(outcome.succeeded, "\(outcome.output)")
        return library
    }

    /// Compiles a fixture, and puts its manifest and contract beside it.
    static func compile(
        fixture name: String, flags: [String] = [], showsAll: Bool = false, into folder: TemporaryFolder
    ) throws -> String {
        let source = "\(root)/Tests/Fixtures/\(name)"
        for file in ["module.yaml", "openapi.yaml"] {
            let found = TestFiles.read("\(source)/\(file)") ?? TestFiles.read("\(source)/../\(file)")
            folder.write(try #require(found ?? TestFiles.read("\(source)/../Good/\(file)")), to: file)
        }
        let migrations = "\(source)/migrations"
        for file in TestFiles.names(in: migrations) {
            folder.write(try #require(TestFiles.read("\(migrations)/\(file)")), to: "migrations/\(file)")
        }
        return try compile("\(source)/fault.c", flags: flags, showsAll: showsAll, into: folder)
    }
}
