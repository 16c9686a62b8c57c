import CGantry
import TestCommands
import Testing

@Suite("Layout")
struct LayoutTests {
    @Test("Swift imports every struct with the golden's size, alignment and offsets", arguments: layoutExpectations)
    func structs(layout: LayoutExpectation) {
        #expect(layout.size == layout.expectedSize, "\(layout.name)")
        #expect(layout.alignment == layout.expectedAlignment, "\(layout.name)")
        for (member, (offset, expected)) in layout.offsets.enumerated() {
            #expect(offset == expected, "\(layout.name), member \(member)")
        }
    }

    @Test("Swift imports every enumerator and constant with the golden's value")
    func constants() {
        #expect(layoutExpectations.count >= 40 && constantExpectations.count >= 50 && textExpectations.count >= 20)
        for (name, value, expected) in constantExpectations { #expect(value == expected, "\(name)") }
        for (name, text, expected) in textExpectations { #expect(text == expected, "\(name)") }
    }

    /// Compiler, language, standard.
    private static let matrix = [
        ("gcc", "c", "c11"), ("gcc", "c", "c17"), ("clang", "c", "c11"), ("clang", "c", "c17"),
        ("g++", "c++", "c++20"), ("clang++", "c++", "c++20"),
    ].filter { Command.run([$0.0, "--version"]).succeeded }

    @Test("C and C++ lay everything out as the golden says", arguments: matrix)
    func languages(compiler: String, language: String, standard: String) {
        let outcome = Command.run([
            compiler, "-x", language, "-std=\(standard)", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
            "-I\(Headers.folder)", "\(Headers.root)/PluginAPI/Baselines/layout.h",
        ])
        #expect(outcome.succeeded, "\(outcome.output)")
    }
}
