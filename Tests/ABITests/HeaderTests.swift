import Glibc
import TestCommands
import Testing

@Suite("Headers", .enabled(if: !Headers.compilers.isEmpty, Headers.whyWithoutCompiler))
struct HeaderTests {
    private static let strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    private static let languages = [("c", "c11"), ("c", "c17"), ("c++", "c++20")]

    @Test("each compiles alone and all together, without a warning", arguments: Headers.compilers, languages)
    func compile(compiler: String, language: (String, String)) {
        #expect(Headers.names.contains("gantry.h") && Headers.names.count >= 10)
        let folder = TemporaryFolder()
        // Twice, so that a missing guard shows; used, so that nothing is reported as unused.
        var files = Headers.names.map { name in
            folder.write("#include <gantry/\(name)>\n#include <gantry/\(name)>\n", to: "\(name).source")
        }
        let everything = Headers.names.map { "#include <gantry/\($0)>\n" }
        files.append(folder.write(everything.joined(), to: "forward.source"))
        files.append(folder.write(everything.reversed().joined(), to: "backward.source"))
        let outcome = Command.run(
            [compiler, "-x", language.0, "-std=\(language.1)", "-fsyntax-only", "-I\(Headers.folder)"] + Self.strict
                + files)
        #expect(outcome.succeeded, "\(outcome.output)")
    }

    @Test("a warning would be seen", arguments: Headers.compilers)
    func seeWarnings(compiler: String) {
        let folder = TemporaryFolder()
        let file = folder.write("#include <gantry/base.h>\nvoid f(void); void f(void) { int unused; }\n", to: "a.c")
        let arguments = [compiler, "-std=c11", "-fsyntax-only", "-I\(Headers.folder)"] + Self.strict + [file]
        #expect(!Command.run(arguments).succeeded)
    }

    @Test("their annotations are attributes that clang understands", .enabled(if: Headers.compilers.contains("clang")))
    func annotate() {
        let folder = TemporaryFolder()
        let file = folder.write("#define GANTRY_ANNOTATE\n#include <gantry/gantry.h>\n", to: "a.c")
        let outcome = Command.run(
            ["clang", "-std=c11", "-fsyntax-only", "-I\(Headers.folder)"] + Self.strict + [file])
        #expect(outcome.succeeded, "\(outcome.output)")
        let text = Command.run(["clang", "-E", "-I\(Headers.folder)", file]).output
        for annotation in [
            "annotate(\"gantry:thread:\" \"any\")", "annotate(\"gantry:thread:\" \"host\")",
            "annotate(\"gantry:borrowed\")",
        ] {
            #expect(text.contains(annotation), "\(annotation)")
        }
    }

    @Test("a module in C or C++ exports its entry by the interface's name", arguments: Headers.compilers, ["c", "c++"])
    func exportEntry(compiler: String, language: String) throws {
        let folder = TemporaryFolder()
        let file = folder.write(
            """
            #include <gantry/gantry.h>
            GANTRY_MODULE_NOTE(GANTRY_RUNTIME_NONE);
            int32_t gantry_entry_v1(const gantry_host_v1 *host, gantry_module_v1 *out_module) {
                (void)host;
                (void)out_module;
                return GANTRY_E_UNSUPPORTED;
            }

            """, to: "module.source")
        let library = "\(folder.path)/module.so"
        let outcome = Command.run(
            [compiler, "-x", language, "-shared", "-fPIC", "-fvisibility=hidden", "-nostdlib", "-I\(Headers.folder)"]
                + ["-o", library, "-Wl,--version-script=\(Headers.root)/PluginAPI/C/gantry.map"] + Self.strict + [file])
        #expect(outcome.succeeded, "\(outcome.output)")
        let handle = try #require(dlopen(library, RTLD_NOW | RTLD_LOCAL))
        #expect(dlsym(handle, "gantry_entry_v1") != nil)
    }

    @Test("use fixed-width types and nothing that compilers lay out differently", arguments: Headers.names)
    func useFixedWidths(name: String) {
        let words = Words.outsideComments(Headers.text(name))
        // `char` serves the note's texts and `static inline` code; everything else is of <stdint.h>.
        for forbidden in ["bool", "_Bool", "int", "long", "short", "unsigned", "float", "size_t", "wchar_t", "va_list"]
        {
            #expect(!words.contains(forbidden), "\(name) uses `\(forbidden)`")
        }
    }

    @Test("name every layout, enumeration and callback with its revision", arguments: Headers.names)
    func nameRevisions(name: String) {
        let words = Words.outsideComments(Headers.text(name))
        for (keyword, tag) in zip(words, words.dropFirst()) where ["struct", "enum", "union"].contains(keyword) {
            #expect(tag.hasPrefix("gantry_") && tag.hasSuffix("_v1"), "\(keyword) \(tag) in \(name)")
        }
    }
}

/// The words of C source.
enum Words {
    static func outsideComments(_ source: String) -> [String] {
        var rest = Substring(source)
        var code = ""
        while let start = rest.firstRange(of: "/*") {
            code += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
        }
        code += rest
        return code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }
}
