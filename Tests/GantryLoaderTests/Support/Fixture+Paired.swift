import GantryLoader
import TestCommands
import Testing

extension Fixture {
    /// A language that modules are written in.
    enum Language: String, CaseIterable {
        case c = "C"
        case cpp = "C++"
        case rust = "Rust"
    }

    static let cppCompiler = Command.first(of: ["c++", "g++", "clang++"])
    static let rustCompiler = Command.first(of: ["rustc"])

    /// Languages of which a compiler is installed.
    static var languages: [Language] {
        Language.allCases.filter { language in
            switch language {
            case .c: compiler != nil
            case .cpp: cppCompiler != nil
            case .rust: rustCompiler != nil
            }
        }
    }

    /// The exporting or the importing module in a language; `role` is `provider` or `importer`.
    init(_ role: String, in language: Language) throws {
        if language == .c {
            try self.init(role == "provider" ? "ExportsServices" : "ImportsServices")
            return
        }
        let source = "\(Self.repository)/Tests/Support/PairedServices"
        try self.init(manifest: "\(source)/\(role).yaml") { folder in
            if language == .cpp {
                try Self.compile(
                    [try #require(Self.cppCompiler), "-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC"]
                        + ["-shared", "-fvisibility=hidden", "-I\(Self.repository)/PluginAPI/C/include"]
                        + ["-Wl,--version-script=\(Self.repository)/PluginAPI/C/gantry.map"]
                        + ["-o", "\(folder)/fixture.so", "\(source)/\(role).cpp"])
            } else {
                let compiler = [try #require(Self.rustCompiler), "--edition", "2021", "-O", "-C", "strip=debuginfo"]
                try Self.compile(
                    compiler + ["--crate-type", "rlib", "--crate-name", "gantry", "-o", "\(folder)/libgantry.rlib"]
                        + ["\(Self.repository)/PluginAPI/Rust/kit/lib.rs"])
                try Self.compile(
                    compiler + ["--crate-type", "cdylib", "--crate-name", "paired_\(role)"]
                        + ["--extern", "gantry=\(folder)/libgantry.rlib", "-C", "link-arg=-Wl,--no-gc-sections"]
                        + ["-o", "\(folder)/fixture.so", "\(source)/\(role).rs"])
            }
        }
    }
}
