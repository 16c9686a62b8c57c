import TestCommands
import Testing

/// The C headers and the compilers that this machine has for them.
enum Headers {
    static let root = TestFiles.repository()
    static let folder = "\(root)/PluginAPI/C/include"
    static let names = TestFiles.names(in: "\(folder)/gantry").filter { $0.hasSuffix(".h") }
    static let compilers = ["gcc", "clang"].filter { Command.run([$0, "--version"]).succeeded }
    static let hasGenerator = Command.run(["python3", "--version"]).succeeded && compilers.contains("clang")
    static let hasRust = Command.run(["rustc", "--version"]).succeeded

    static let whyWithoutCompiler: Comment = "Neither gcc nor clang is installed."
    static let whyWithoutGenerator: Comment = "python3 or clang is not installed."

    static func text(_ name: String) -> String { TestFiles.text("\(folder)/gantry/\(name)") ?? "" }
}
